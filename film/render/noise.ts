import { seededRandom } from '../../src/lib/random.ts';

/** Texels along one side of the tile of cloudy noise, and along one unit of it. */
const SIDE = 512;
const PER_UNIT = 32;
const tile = cloudTile();

/** A repeatable random number in 0..1 for a cell of a grid. */
export function hash(x: number, y: number): number {
  let bits = Math.imul(x | 0, 0x27d4eb2d) ^ Math.imul(y | 0, 0x165667b1);
  bits = Math.imul(bits ^ (bits >>> 15), 0x2c1b3c6d);
  bits = Math.imul(bits ^ (bits >>> 12), 0x297a2d39);
  return ((bits ^ (bits >>> 15)) >>> 0) / 0x1_0000_0000;
}

/** Smooth noise in 0..1 with lumps up to one unit wide; `blur` is the size of a pixel in units. */
export function cloudy(u: number, v: number, blur = 0): number {
  const x = u * PER_UNIT;
  const y = v * PER_UNIT;
  const column = Math.floor(x);
  const row = Math.floor(y);
  const fx = x - column;
  const fy = y - row;
  const left = column & (SIDE - 1);
  const right = (column + 1) & (SIDE - 1);
  const top = (row & (SIDE - 1)) * SIDE;
  const bottom = ((row + 1) & (SIDE - 1)) * SIDE;
  const above = (tile[top + left] as number) * (1 - fx) + (tile[top + right] as number) * fx;
  const below = (tile[bottom + left] as number) * (1 - fx) + (tile[bottom + right] as number) * fx;
  const value = above * (1 - fy) + below * fy;
  return 0.5 + (value - 0.5) / (1 + blur * blur * 4);
}

/**
 * Coverage of a pixel by periodic stripes: the pixel is `blur` periods wide at `t` periods, a stripe is
 * `share` of a period.
 */
export function stripe(t: number, share: number, blur: number): number {
  const width = Math.max(blur, 1e-4);
  return (covered(t + width / 2, share) - covered(t - width / 2, share)) / width;
}

function covered(t: number, share: number): number {
  const whole = Math.floor(t);
  return whole * share + Math.min(t - whole, share);
}

/** Rises smoothly from 0 at `from` to 1 at `to`. */
export function smooth(from: number, to: number, value: number): number {
  const t = Math.min(1, Math.max(0, (value - from) / (to - from)));
  return t * t * (3 - 2 * t);
}

function cloudTile(): Float32Array {
  const sum = new Float32Array(SIDE * SIDE);
  for (let cells = SIDE / PER_UNIT, weight = 1; cells < SIDE; cells *= 2, weight *= 0.55) {
    addOctave(sum, cells, weight);
  }
  const [low, high] = [sum.reduce((a, b) => Math.min(a, b)), sum.reduce((a, b) => Math.max(a, b))];
  return sum.map((value) => smooth(0.05, 0.95, (value - low) / (high - low)));
}

function addOctave(sum: Float32Array, cells: number, weight: number): void {
  const random = seededRandom(cells);
  const lattice = Float32Array.from({ length: cells * cells }, () => random.next());
  const at = (x: number, y: number) => lattice[(y % cells) * cells + (x % cells)] as number;
  for (let pixel = 0; pixel < sum.length; pixel++) {
    const [x, y] = [((pixel % SIDE) * cells) / SIDE, (Math.floor(pixel / SIDE) * cells) / SIDE];
    const [column, row] = [Math.floor(x), Math.floor(y)];
    const [fx, fy] = [smooth(0, 1, x - column), smooth(0, 1, y - row)];
    const above = at(column, row) * (1 - fx) + at(column + 1, row) * fx;
    const below = at(column, row + 1) * (1 - fx) + at(column + 1, row + 1) * fx;
    sum[pixel] = (sum[pixel] as number) + weight * (above * (1 - fy) + below * fy);
  }
}
