import type { Thresholds } from '../assignment/assign.ts';

/** Log-odds required to change an earlier decision, in nats. In case of doubt nothing changes. */
export const confidentNats = 1;

/** Returns the score from which two groups are merged. */
export function mergeThreshold({ join, pairs }: Thresholds): number {
  return join + confidentNats / pairs.slope;
}

/** Returns the score below which a frame leaves its group. */
export function splitThreshold({ join, pairs }: Thresholds): number {
  return join - confidentNats / pairs.slope;
}
