import assert from 'node:assert/strict';
import sharp, { type Sharp } from 'sharp';
import { FrameError, type FrameErrorReason } from '../../src/domain/frame-error.ts';
import type { PixelSpec } from '../../src/domain/pixels.ts';
import { sharpDecoder } from '../../src/vision/decode/sharp-decoder.ts';

export const spec: PixelSpec = { width: 32, height: 32, resize: { mode: 'fill', kernel: 'lanczos3' } };
export const decoder = sharpDecoder({ pixelsMax: 1_000_000 });

/** Left half red, right half blue; top row green. */
export function flag(channels: 3 | 4 = 3): Sharp {
  const [width, height] = [64, 64];
  const data = Buffer.alloc(width * height * channels, 255);
  for (let i = 0; i < width * height; i++) {
    const [x, y] = [i % width, Math.floor(i / width)];
    data.set(y < 16 ? [0, 255, 0] : x < 32 ? [255, 0, 0] : [0, 0, 255], i * channels);
  }
  return sharp(data, { raw: { width, height, channels } });
}

export async function pixels(bytes: Buffer, as: PixelSpec = spec): Promise<Uint8Array> {
  const { pixels: found } = await decoder.decode(bytes, as);
  assert.deepEqual(
    [found.width, found.height, found.data.length],
    [as.width, as.height, as.width * as.height * 3],
  );
  return found.data;
}

/** The picture in its own size. */
export async function allPixels(bytes: Buffer, width: number, height: number): Promise<Uint8Array> {
  return pixels(bytes, { width, height, resize: { mode: 'fill', kernel: 'nearest' } });
}

/** Mean absolute difference of corresponding values. */
export function distance(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] as number)), 0) / a.length;
}

export async function errorOf(bytes: Buffer, with_ = decoder): Promise<FrameError> {
  const error = await with_.decode(bytes, spec).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof FrameError, `${error}`);
  assert.ok(error.message.length > 0);
  return error;
}

export async function fault(bytes: Buffer, with_ = decoder): Promise<FrameErrorReason> {
  return (await errorOf(bytes, with_)).reason;
}

/** The same flag in colours of most profiles: 200, 80 and 80 of 255. */
export function softFlag(): Sharp {
  return flag().linear(120 / 255, 80);
}
