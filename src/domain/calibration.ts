import { assert } from '../lib/assert.ts';
import type { PairOdds } from './assignment/odds.ts';

/**
 * What a similarity means in one embedding space, fitted on pictures that the model never saw.
 * `similarity` rises strictly; the other two belong to it point by point and never fall.
 */
export interface Calibration {
  readonly similarity: readonly number[];
  /** Probability that two pictures of this similarity are of one scene. */
  readonly probability: readonly number[];
  /** Share of right joins among all joins made at this similarity or above. */
  readonly precision: readonly number[];
  /** What a similarity says of two pictures drawn at random. */
  readonly pairs: PairOdds;
  /** How crowded it usually was around the pictures of the collections; absent in calibrations of before. */
  readonly crowding?: number | undefined;
}

/** Probability that two pictures of `similarity` are of one scene, interpolated between the fitted points. */
export function probabilityAt(calibration: Calibration, similarity: number): number {
  return interpolate(calibration.similarity, calibration.probability, similarity);
}

/** The lowest similarity at which joins reach the wanted `precision`; the highest fitted one if none does. */
export function similarityForPrecision(calibration: Calibration, precision: number): number {
  return interpolate(calibration.precision, calibration.similarity, precision);
}

/** Piecewise linear through (xs, ys) with xs rising, flat outside. */
function interpolate(xs: readonly number[], ys: readonly number[], x: number): number {
  assert(xs.length === ys.length && xs.length > 0, 'a calibration needs as many values as points');
  const above = xs.findIndex((value) => value >= x);
  if (above === -1) return ys[ys.length - 1] as number;
  if (above === 0) return ys[0] as number;
  const [x0, x1] = [xs[above - 1] as number, xs[above] as number];
  const [y0, y1] = [ys[above - 1] as number, ys[above] as number];
  return y0 + ((x - x0) / (x1 - x0)) * (y1 - y0);
}
