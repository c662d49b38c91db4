import type { FrameId } from '../frame.ts';
import { type Assignment, assign, type Candidate, type Member, type Thresholds } from './assign.ts';
import type { TimeObservation } from './clock-reliability.ts';

/**
 * Keypoints where what a picture resembles leaves a doubt. Two pictures of one scene often have none in common, two of
 * different scenes hardly ever many: so they say where a frame belongs, and never where it does not.
 */

/** How many keypoints of a frame were found again in a known one, where one change of the viewpoint puts them. */
export interface KeypointMatch {
  readonly frame: FrameId;
  readonly inliers: number;
}

/** So many are found in pictures of one place only; see docs/decisions. */
export const inliersMin = 15;

/** Whether a picture belongs is in doubt within so many nats below the score at which it joins; and two groups likewise. */
export const belowNats = 1;

/** A group is nearly equal to another within so many nats. */
const equalNats = 0.7;

/** Groups that a frame is compared with, by the member of each that is most alike. */
const groupsMax = 2;

/** Members that keypoints should be asked about before a frame is assigned; none where there is no doubt. */
export function membersToVerify(candidates: readonly Candidate[], { join, pairs }: Thresholds): FrameId[] {
  const [nearest, ...others] = candidates.toSorted((a, b) => b.score - a.score || a.group - b.group);
  if (nearest === undefined) return [];
  const least =
    nearest.score < join
      ? join - belowNats / pairs.slope
      : Math.max(join, nearest.score - equalNats / pairs.slope);
  const rivals = others.filter(({ score }) => score >= least);
  if (nearest.score < least || (nearest.score >= join && rivals.length === 0)) return [];
  return [nearest, ...rivals]
    .slice(0, groupsMax)
    .flatMap(({ members }) => members.slice(0, 1).map(({ frame }) => frame));
}

/** The decision that `assign` makes, unless enough keypoints agree on another. */
export function assignWithKeypoints(
  candidates: readonly Candidate[],
  limits: Thresholds,
  lessons: readonly TimeObservation[],
  verdicts: readonly KeypointMatch[],
): Assignment {
  const assignment = assign(candidates, limits, lessons);
  const seen = candidates.map((candidate) => withInliers(candidate, verdicts));
  const [best] = seen.toSorted((a, b) => b.inliers - a.inliers || b.candidate.score - a.candidate.score);
  if (best === undefined || best.inliers < inliersMin) return assignment;
  const { candidate } = best;
  if (assignment.kind === 'joined' && assignment.group === candidate.group) return assignment;
  const [runnerUp] = seen
    .filter((one) => one !== best)
    .map((one) => one.candidate)
    .sort((a, b) => b.score - a.score || a.group - b.group);
  const confirmed = assign([candidate], limits, lessons).evidence;
  const others = runnerUp && assign([runnerUp], limits).evidence.nearest;
  const { doubtful: _, ...evidence } = { ...confirmed, rule: 'keypoints' as const, runnerUp: others };
  return { kind: 'joined', group: candidate.group, evidence };
}

function withInliers(candidate: Candidate, verdicts: readonly KeypointMatch[]) {
  const found = new Map(verdicts.map(({ frame, inliers }) => [frame, inliers]));
  const members = candidate.members.map((member): Member => {
    const inliers = found.get(member.frame);
    return inliers === undefined ? member : { ...member, inliers };
  });
  const most = Math.max(0, ...members.map(({ inliers = 0 }) => inliers));
  return { candidate: { ...candidate, members }, inliers: most };
}
