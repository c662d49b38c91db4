import { assert } from '../lib/assert.ts';
import type { PairOdds } from './assignment/odds.ts';

/**
 * The meaning of similarities in one embedding space, fitted on pictures unknown to the model. `similarity`
 * rises strictly. `probability` and `precision` belong to it point by point and never fall.
 */
export interface Calibration {
  readonly similarity: readonly number[];
  /** Probability that two pictures of this similarity show one scene. */
  readonly probability: readonly number[];
  /** Share of correct joins among all joins at this similarity or above. */
  readonly precision: readonly number[];
  /** Likelihood ratio of a similarity against random pairs. */
  readonly pairs: PairOdds;
  /** Usual crowding around the pictures of the collections. Absent in older calibrations. */
  readonly crowding?: number | undefined;
}

/**
 * Returns the probability that two pictures of `similarity` show one scene, interpolated between the fitted
 * points.
 */
export function probabilityAt(calibration: Calibration, similarity: number): number {
  return interpolate(calibration.similarity, calibration.probability, similarity);
}

/**
 * Returns the lowest similarity at which joins reach `precision`, or the highest fitted similarity if none
 * does.
 */
export function similarityForPrecision(calibration: Calibration, precision: number): number {
  return interpolate(calibration.precision, calibration.similarity, precision);
}

/** Piecewise linear through (xs, ys) with rising xs, constant outside. */
function interpolate(xs: readonly number[], ys: readonly number[], x: number): number {
  assert(xs.length === ys.length && xs.length > 0, 'a calibration needs as many values as points');
  const above = xs.findIndex((value) => value >= x);
  if (above === -1) return ys[ys.length - 1] as number;
  if (above === 0) return ys[0] as number;
  const [x0, x1] = [xs[above - 1] as number, xs[above] as number];
  const [y0, y1] = [ys[above - 1] as number, ys[above] as number];
  return y0 + ((x - x0) / (x1 - x0)) * (y1 - y0);
}
