import type { Pixels } from '../../domain/pixels.ts';
import type { Fitting, Size } from './fitting.ts';

/**
 * Scales like Pillow, exact to the bit: filter support grows with the reduction, 22-bit fixed point, rows
 * first, 8-bit intermediates. Models with torchvision or CLIP as reference were trained on exactly these
 * pixels.
 */

export type ExactKernel = 'bilinear' | 'bicubic';

/** Returns the kept part of `fitting`, scaled to `size`. */
export function resample(pixels: Pixels, fitting: Fitting, size: Size, kernel: ExactKernel): Pixels {
  const { scaled, left, top } = fitting;
  const across = weights(pixels.width, scaled.width, left, size.width, kernel);
  const down = weights(pixels.height, scaled.height, top, size.height, kernel);
  const narrow = scaleRows(pixels, across, down);
  return { data: scaleColumns(narrow, size.width, down), ...size };
}

/** The source pixels of one result pixel: `values` weigh the pixels from `first`. */
interface Taps {
  readonly first: number;
  readonly values: Int32Array;
}

const bits = 22;
const half = 1 << (bits - 1);

const kernels: Record<ExactKernel, { readonly reach: number; readonly at: (x: number) => number }> = {
  bilinear: { reach: 1, at: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { reach: 2, at: bicubic },
};

/** Catmull-Rom: a = -0.5. */
function bicubic(signed: number): number {
  const x = Math.abs(signed);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

/** Returns the taps of `count` result pixels, starting at `from`. */
function weights(source: number, scaled: number, from: number, count: number, kernel: ExactKernel): Taps[] {
  const scale = source / scaled;
  const stretch = Math.max(scale, 1);
  const { reach, at } = kernels[kernel];
  return Array.from({ length: count }, (_, i) => {
    const centre = (from + i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - reach * stretch + 0.5));
    const end = Math.min(source, Math.trunc(centre + reach * stretch + 0.5));
    const shares = Array.from({ length: end - first }, (_, x) => at((first + x - centre + 0.5) / stretch));
    return { first, values: fixedPoint(shares) };
  });
}

function fixedPoint(shares: readonly number[]): Int32Array {
  const total = shares.reduce((sum, share) => sum + share, 0);
  return Int32Array.from(shares, (share) => {
    const value = (share / total) * 2 ** bits;
    return Math.trunc(value < 0 ? value - 0.5 : value + 0.5);
  });
}

/** Skips rows that no result pixel needs. */
function scaleRows(
  { data, width, height }: Pixels,
  across: readonly Taps[],
  down: readonly Taps[],
): Uint8Array {
  const result = new Uint8Array(across.length * height * 3);
  const last = down.at(-1);
  const end = last === undefined ? 0 : last.first + last.values.length;
  for (let y = down[0]?.first ?? 0; y < end; y++) {
    let to = y * across.length * 3;
    for (const { first, values } of across) {
      weighRow(data, (y * width + first) * 3, values, result, to);
      to += 3;
    }
  }
  return result;
}

/** All sums fit into 32 bits. */
function weighRow(data: Uint8Array, from: number, values: Int32Array, result: Uint8Array, to: number): void {
  let [r, g, b, at] = [half, half, half, from];
  for (const value of values) {
    r = (r + Math.imul(data[at] as number, value)) | 0;
    g = (g + Math.imul(data[at + 1] as number, value)) | 0;
    b = (b + Math.imul(data[at + 2] as number, value)) | 0;
    at += 3;
  }
  result[to] = clipped(r);
  result[to + 1] = clipped(g);
  result[to + 2] = clipped(b);
}

function scaleColumns(data: Uint8Array, width: number, taps: readonly Taps[]): Uint8Array {
  const row = width * 3;
  const result = new Uint8Array(row * taps.length);
  const sums = new Int32Array(row);
  for (const [y, { first, values }] of taps.entries()) {
    sums.fill(half);
    for (const [k, value] of values.entries()) addRow(sums, data, (first + k) * row, value);
    for (let i = 0; i < row; i++) result[y * row + i] = clipped(sums[i] as number);
  }
  return result;
}

function addRow(sums: Int32Array, data: Uint8Array, from: number, value: number): void {
  for (let i = 0; i < sums.length; i++)
    sums[i] = (sums[i] as number) + Math.imul(data[from + i] as number, value);
}

function clipped(sum: number): number {
  return Math.min(255, Math.max(0, sum >> bits));
}
