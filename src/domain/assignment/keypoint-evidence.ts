import type { FrameId } from '../frame.ts';
import { type Assignment, assign, type Candidate, type Member, type Thresholds } from './assign.ts';
import type { TimeObservation } from './clock-reliability.ts';

/**
 * Keypoints resolve doubts of similarity. Two pictures of one scene often share no keypoints, but two
 * different scenes hardly ever share many. Keypoints can therefore confirm a group, never exclude it.
 */

/**
 * Number of keypoints of the current frame found again in a known frame, consistent with one change of
 * viewpoint.
 */
export interface KeypointMatch {
  readonly frame: FrameId;
  readonly inliers: number;
}

/** Only pictures of the same place share this many keypoints; see docs/decisions. */
export const inliersMin = 15;

/** A score is doubtful within this distance below the join threshold, in nats. */
export const doubtBelowNats = 1;

/** Two groups are nearly equal within this distance, in nats. */
const equalNats = 0.7;

/** Groups compared by keypoints, each by its most similar member. */
const groupsMax = 2;

/** Returns the members to verify by keypoints before the decision. Returns none if there is no doubt. */
export function membersToVerify(candidates: readonly Candidate[], { join, pairs }: Thresholds): FrameId[] {
  const [nearest, ...others] = candidates.toSorted((a, b) => b.score - a.score || a.group - b.group);
  if (nearest === undefined) return [];
  const least =
    nearest.score < join
      ? join - doubtBelowNats / pairs.slope
      : Math.max(join, nearest.score - equalNats / pairs.slope);
  const rivals = others.filter(({ score }) => score >= least);
  if (nearest.score < least || (nearest.score >= join && rivals.length === 0)) return [];
  return [nearest, ...rivals]
    .slice(0, groupsMax)
    .flatMap(({ members }) => members.slice(0, 1).map(({ frame }) => frame));
}

/** Returns the decision of `assign`, unless enough keypoints confirm a different group. */
export function assignWithKeypoints(
  candidates: readonly Candidate[],
  thresholds: Thresholds,
  observations: readonly TimeObservation[],
  matches: readonly KeypointMatch[],
): Assignment {
  const assignment = assign(candidates, thresholds, observations);
  const verified = candidates.map((candidate) => withInliers(candidate, matches));
  const [best] = verified.toSorted((a, b) => b.inliers - a.inliers || b.candidate.score - a.candidate.score);
  if (best === undefined || best.inliers < inliersMin) return assignment;
  const { candidate } = best;
  if (assignment.kind === 'joined' && assignment.group === candidate.group) return assignment;
  const [runnerUp] = verified
    .filter((one) => one !== best)
    .map((one) => one.candidate)
    .sort((a, b) => b.score - a.score || a.group - b.group);
  const confirmed = assign([candidate], thresholds, observations).evidence;
  const others = runnerUp && assign([runnerUp], thresholds).evidence.nearest;
  const { doubtful: _, ...evidence } = { ...confirmed, rule: 'keypoints' as const, runnerUp: others };
  return { kind: 'joined', group: candidate.group, evidence };
}

function withInliers(candidate: Candidate, matches: readonly KeypointMatch[]) {
  const found = new Map(matches.map(({ frame, inliers }) => [frame, inliers]));
  const members = candidate.members.map((member): Member => {
    const inliers = found.get(member.frame);
    return inliers === undefined ? member : { ...member, inliers };
  });
  const most = Math.max(0, ...members.map(({ inliers = 0 }) => inliers));
  return { candidate: { ...candidate, members }, inliers: most };
}
