import type { Thresholds } from '../assignment/assign.ts';

/** So much, in nats, must speak for a change of what was decided: where it is a guess, all stays as it is. */
export const confidentNats = 1;

/** The score from which on two groups are surely one. */
export function mergeThreshold({ join, pairs }: Thresholds): number {
  return join + confidentNats / pairs.slope;
}

/** The score below which a frame surely does not belong to its group. */
export function splitThreshold({ join, pairs }: Thresholds): number {
  return join - confidentNats / pairs.slope;
}
