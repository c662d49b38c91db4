import { FrameError } from '../../../domain/frame-error.ts';
import type { Size } from '../fitting.ts';

/**
 * Unpacks run-length coded palette indices, 8 or 4 bits each: one byte for a pixel, first row first as the file has it.
 * Pixels that runs step over, or that are skipped, are index 0; what runs past the edge is dropped.
 */
export function unpackRle(packed: Buffer, { width, height }: Size, bits: 4 | 8): Uint8Array {
  const indices = new Uint8Array(width * height);
  let [at, x, y] = [0, 0, 0];
  const put = (index: number) => {
    if (x < width) indices[y * width + x] = index;
    x++;
  };
  while (y < height) {
    const [count, value] = [packed[at], packed[at + 1]];
    if (count === undefined || value === undefined) throw cut();
    at += 2;
    if (count > 0) {
      for (let i = 0; i < count; i++) put(indexOf(value, i, bits));
    } else if (value === 0) {
      [x, y] = [0, y + 1];
    } else if (value === 1) {
      break;
    } else if (value === 2) {
      if (at + 2 > packed.length) throw cut();
      x += packed[at] as number;
      y += packed[at + 1] as number;
      at += 2;
    } else {
      const length = bits === 8 ? value : (value + 1) >> 1;
      if (at + length > packed.length) throw cut();
      for (let i = 0; i < value; i++) put(indexOf(packed[at + ((i * bits) >> 3)] as number, i, bits));
      at += length + (length % 2);
    }
  }
  return indices;
}

/** The `i`-th of the one or two indices that take turns in a byte. */
function indexOf(byte: number, i: number, bits: 4 | 8): number {
  if (bits === 8) return byte;
  return i % 2 === 0 ? byte >> 4 : byte & 15;
}

function cut(): FrameError {
  return new FrameError('truncated', 'the BMP ends before its last row');
}
