import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { planFilm } from '../../film/film.ts';
import { renderFrame } from '../../film/renderer.ts';
import { seededRandom } from '../../src/lib/random.ts';

const drawn = { width: 96, height: 72 };
const kept = { width: 64, height: 48 };
const framesMax = 500;
const variantsMax = 4_000;

/** Draws `count` small files, all different, in a flat folder or in folders of a thousand. */
export async function drawMany(folder: string, count: number, isFlat: boolean, seed: number): Promise<void> {
  const variants = await drawVariants(Math.min(count, variantsMax), seed);
  for (let i = 0; i < count; i++) {
    const into = isFlat ? folder : join(folder, `roll-${Math.floor(i / 1_000)}`);
    if (i === 0 || (!isFlat && i % 1_000 === 0)) mkdirSync(into, { recursive: true });
    const name = `take-${seed}-${String(i).padStart(6, '0')}.jpg`;
    writeFileSync(join(into, name), withComment(variants[i % variants.length] as Buffer, `${seed}-${i}`));
  }
}

/** Frames of a film, cut, lit and compressed in different ways. */
async function drawVariants(count: number, seed: number): Promise<Buffer[]> {
  const random = seededRandom(seed);
  const { frames } = planFilm({ frames: Math.min(count, framesMax), seed });
  const rendered = frames.map((frame) => Buffer.from(renderFrame(frame, drawn)));
  const drawing = Array.from({ length: count }, (_, i) => {
    const left = Math.floor(random.next() * (drawn.width - kept.width));
    const top = Math.floor(random.next() * (drawn.height - kept.height));
    return sharp(rendered[i % rendered.length], { raw: { ...drawn, channels: 3 } })
      .extract({ left, top, ...kept })
      .linear(0.8 + 0.4 * random.next(), 0)
      .jpeg({ quality: 60 + Math.floor(random.next() * 35) })
      .toBuffer();
  });
  return Promise.all(drawing);
}

/** Inserts a JPEG comment segment behind the start marker. */
function withComment(jpeg: Buffer, text: string): Buffer {
  const head = Buffer.from([0xff, 0xfe, 0, text.length + 2]);
  return Buffer.concat([jpeg.subarray(0, 2), head, Buffer.from(text, 'latin1'), jpeg.subarray(2)]);
}
