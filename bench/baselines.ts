import sharp from 'sharp';
import type { Embedding } from '../src/domain/embedding.ts';

/** The classical baseline: a histogram of 8 × 8 × 8 bins of hue, saturation and value, power-normalised. */
export async function histogramOf(path: string): Promise<Embedding> {
  const image = sharp(path)
    .autoOrient()
    .resize(128, 128, { fit: 'fill' })
    .flatten()
    .toColourspace('srgb')
    .removeAlpha();
  const pixels = await image.raw().toBuffer();
  const bins = new Float32Array(512);
  for (let i = 0; i < pixels.length; i += 3) {
    const bin = binOf(pixels[i] as number, pixels[i + 1] as number, pixels[i + 2] as number);
    bins[bin] = (bins[bin] as number) + 1;
  }
  const total = pixels.length / 3;
  return bins.map((count) => Math.sqrt(count / total)) as Embedding; // of norm 1, since the shares add up to 1
}

function binOf(r: number, g: number, b: number): number {
  const [high, low] = [Math.max(r, g, b), Math.min(r, g, b)];
  const saturation = high === 0 ? 0 : (high - low) / high;
  const eighth = (share: number) => Math.min(7, Math.floor(share * 8));
  return 64 * eighth(hue(r, g, b, high, high - low)) + 8 * eighth(saturation) + eighth(high / 256);
}

/** In [0, 1). */
function hue(r: number, g: number, b: number, high: number, range: number): number {
  if (range === 0) return 0;
  if (high === r) return (((g - b) / range + 6) % 6) / 6;
  return (high === g ? (b - r) / range + 2 : (r - g) / range + 4) / 6;
}
