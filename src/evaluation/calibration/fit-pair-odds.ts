import { type PairOdds, share } from '../../domain/assignment/odds.ts';

const iterations = 60;

/** Keeps the slope finite if both classes are separable. */
const ridge = 1e-7;

/**
 * Fits a logistic regression of "same scene" on similarity by Newton's method. Both classes weigh one half,
 * whatever their sizes. Neither class may be empty.
 */
export function fitPairOdds(same: readonly number[], other: readonly number[]): PairOdds {
  let [slope, offset] = [1, 0];
  const rows = [
    ...same.map((x) => ({ x, y: 1, weight: 0.5 / same.length })),
    ...other.map((x) => ({ x, y: 0, weight: 0.5 / other.length })),
  ];
  for (let turn = 0; turn < iterations; turn++) {
    let [g0, g1, h00, h01, h11] = [ridge * slope, 0, ridge, 0, ridge];
    for (const { x, y, weight } of rows) {
      const p = share(slope * x + offset);
      const [error, spread] = [weight * (p - y), weight * p * (1 - p)];
      g0 += error * x;
      g1 += error;
      h00 += spread * x * x;
      h01 += spread * x;
      h11 += spread;
    }
    const determinant = h00 * h11 - h01 * h01;
    slope -= (h11 * g0 - h01 * g1) / determinant;
    offset -= (h00 * g1 - h01 * g0) / determinant;
  }
  return { slope: round(slope), centre: round(-offset / slope) };
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
