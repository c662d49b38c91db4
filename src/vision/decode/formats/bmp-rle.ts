import { FrameError } from '../../../domain/frame-error.ts';
import type { Size } from '../fitting.ts';

/**
 * Unpacks run-length coded palette indices of 8 or 4 bits. Returns a byte per pixel, rows in file order.
 * Skipped pixels get index 0. Pixels beyond the edge are dropped.
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

/** Returns the `i`-th index; the two indices of a byte alternate. */
function indexOf(byte: number, i: number, bits: 4 | 8): number {
  if (bits === 8) return byte;
  return i % 2 === 0 ? byte >> 4 : byte & 15;
}

function cut(): FrameError {
  return new FrameError('truncated', 'the BMP ends before its last row');
}
