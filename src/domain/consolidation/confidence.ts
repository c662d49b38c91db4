import type { Limits } from '../assignment/assign.ts';

/** So much, in nats, must speak for a change of what was decided: where it is a guess, all stays as it is. */
export const sureNats = 1;

/** The score from which on two groups are surely one. */
export function surelyAlike({ join, pairs }: Limits): number {
  return join + sureNats / pairs.slope;
}

/** The score below which a frame surely does not belong to its group. */
export function surelyUnlike({ join, pairs }: Limits): number {
  return join - sureNats / pairs.slope;
}
