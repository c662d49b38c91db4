import type { FrameId } from '../frame.ts';
import type { GroupId } from '../group.ts';
import type { CaptureSource, ClockReliability, TimeObservation } from './clock-reliability.ts';
import { logit, logRatio, type PairOdds, share } from './odds.ts';

/** A known frame near in time to the one at hand, and how alike they are. */
export interface Nearby {
  readonly frame: FrameId;
  readonly group: GroupId;
  readonly similarity: number;
  readonly spanMs: number;
}

/**
 * What each nearby frame teaches: how probably it is of one scene with the frame at hand, by what both show and what is
 * believed of such spans already (one step of expectation maximisation for the share of a mixture; Dempster, Laird,
 * Rubin 1977).
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
 * What capture times add to the score of a group, in units of similarity, given the frames nearby. Without them a pair at
 * `join` is as likely of one scene as not; that sets what is believed of any two frames. To a group some of whose members
 * are nearby they add by how much more is believed of these. From all others they take away `returns`: the nats by which
 * a scene that comes back from elsewhere is less likely than any.
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
  const own = claims(nearby, clock, clockReliability).get(group);
  if (own === undefined) return revisitRate / pairs.slope;
  const anyTwo = -logRatio(pairs, join);
  // However close in time: what shows hardly more than two pictures at random do does not belong.
  const liftMax = capShare * (join - pairs.centre);
  return Math.min(liftMax, Math.max(0, bonusShare * (logit(own) - anyTwo)) / pairs.slope);
}

/** Part of the lift that counts: what is near in time is alike for reasons of its own (same room, same light). */
export const bonusShare = 0.7;

/** Part of the way from where pictures join down to even odds that the lift makes up for at most. */
const capShare = 0.75;

/** How much each nearby group claims the frame, by its member nearest in belief. */
function claims(
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
