import type { FrameId } from '../frame.ts';
import type { GroupId } from '../group.ts';
import type { CaptureSource, ClockReliability, TimeObservation } from './clock-reliability.ts';
import { logit, logRatio, type PairOdds, share } from './odds.ts';

/** A known frame close in time to the current frame, with its similarity. */
export interface Nearby {
  readonly frame: FrameId;
  readonly group: GroupId;
  readonly similarity: number;
  readonly spanMs: number;
}

/**
 * Returns an observation for each nearby frame: the probability of a common scene, by similarity and by the
 * current reliability of the time span. This is one step of expectation maximisation for the share of a
 * mixture (Dempster, Laird, Rubin 1977).
 */
export function observationsOf(
  nearby: readonly Nearby[],
  clock: CaptureSource,
  clockReliability: ClockReliability,
  pairs: PairOdds,
): TimeObservation[] {
  return nearby.map(({ similarity, spanMs }) => {
    const believed = logit(clockReliability.shareOf({ clock, spanMs }));
    return { clock, spanMs, share: share(believed + logRatio(pairs, similarity)) };
  });
}

interface NearGroup {
  readonly group: GroupId;
  readonly spanMs: number;
}

/**
 * Returns the time bonus of a group, in units of similarity. A pair at `join` has even odds, which fixes the
 * prior of any two frames. A group with members nearby in time gains the log-odds of the time span above that
 * prior. All other groups lose `revisitRate`: how much less likely a scene from elsewhere is, in nats.
 */
export function timeBonus(
  group: GroupId,
  nearby: readonly NearGroup[],
  clock: CaptureSource,
  {
    clockReliability,
    revisitRate,
  }: { readonly clockReliability: ClockReliability; readonly revisitRate: number },
  { join, pairs }: { readonly join: number; readonly pairs: PairOdds },
): number {
  const own = sharesByGroup(nearby, clock, clockReliability).get(group);
  if (own === undefined) return revisitRate / pairs.slope;
  const prior = -logRatio(pairs, join);
  // Two pictures hardly more similar than random ones do not belong together, however close in time.
  const bonusMax = capShare * (join - pairs.centre);
  return Math.min(bonusMax, Math.max(0, bonusShare * (logit(own) - prior)) / pairs.slope);
}

/**
 * Share of the time bonus that counts: frames close in time also look alike for other reasons (same room,
 * same light).
 */
export const bonusShare = 0.7;

/** Largest time bonus, as a share of the distance between the join threshold and even odds. */
const capShare = 0.75;

/** Returns the highest share of each nearby group over its members. */
function sharesByGroup(
  nearby: readonly NearGroup[],
  clock: CaptureSource,
  clockReliability: ClockReliability,
): Map<GroupId, number> {
  const shares = new Map<GroupId, number>();
  for (const { group, spanMs } of nearby) {
    shares.set(group, Math.max(shares.get(group) ?? 0, clockReliability.shareOf({ clock, spanMs })));
  }
  return shares;
}
