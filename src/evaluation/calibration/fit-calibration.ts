import type { Calibration } from '../../domain/calibration.ts';
import { assert } from '../../lib/assert.ts';
import { isotonicRegression } from './isotonic.ts';

/** A candidate pair of a join: its similarity, and whether both pictures show the same scene. */
export interface Join {
  readonly similarity: number;
  readonly right: boolean;
}

/** A curve over similarities, as rising support points. */
type Curve = Pick<Calibration, 'similarity' | 'probability'>;

/**
 * Fits the probability of a correct join. The curve never falls, and has most points in the region of most
 * change.
 */
export function fitProbability(joins: readonly Join[]): Curve {
  assert(joins.length > 0, 'a calibration needs joins to learn from');
  const fitted = isotonicRegression(
    joins.map(({ similarity, right }) => ({ x: similarity, y: right ? 1 : 0 })),
  );
  const similarity = supportPoints(joins);
  const probability = similarity.map((at) =>
    round((fitted.findLast(({ x }) => x <= at) ?? fitted[0])?.y ?? 0),
  );
  return { similarity, probability };
}

/** Quantiles of all joins, and of the wrong joins, that serve as support points. */
const shares = {
  all: [0.001, 0.25, 0.5, 0.75, 0.9, 0.99],
  wrong: [0.1, 0.25, 0.4, 0.55, 0.7, 0.8, 0.87, 0.92, 0.96, 0.98, 0.99, 1],
};

/**
 * Returns the support points, rising and distinct. Most lie near the end of the wrong joins, because
 * precision rises there.
 */
function supportPoints(joins: readonly Join[]): number[] {
  const quantiles = (some: readonly Join[], below: readonly number[]) => {
    const sorted = some.map(({ similarity }) => similarity).sort((a, b) => a - b);
    return sorted.length === 0 ? [] : below.map((share) => round(quantile(sorted, share)));
  };
  const wrong = joins.filter(({ right }) => !right);
  return [...new Set([...quantiles(joins, shares.all), ...quantiles(wrong, shares.wrong)])].sort(
    (a, b) => a - b,
  );
}

/** Returns the minimum of each suffix, therefore a higher similarity never promises less. */
export function promisedFrom(values: readonly number[]): number[] {
  return values.map((_, at) => round(Math.min(...values.slice(at))));
}

/** Returns the quantile of sorted values, interpolated linearly. */
function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)] as number, sorted[Math.ceil(place)] as number];
  return below + (above - below) * (place - Math.floor(place));
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
