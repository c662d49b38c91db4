import type { FrameId } from '../frame.ts';
import type { GroupId } from '../group.ts';
import type { TimeObservation } from './clock-reliability.ts';
import type { Crowding } from './crowding.ts';
import type { PairOdds } from './odds.ts';

/** The group of a frame, with the evidence for the decision. */
export type Assignment = Joined | Founded;

export interface Joined {
  readonly kind: 'joined';
  readonly group: GroupId;
  readonly evidence: Evidence;
}

export interface Founded {
  readonly kind: 'founded';
  readonly evidence: Evidence;
}

/** Why an assignment was made. Stored with the frame, for `explain` and the report. */
export interface Evidence {
  readonly rule:
    | 'similar-enough'
    /** The similarity alone is too low, but members were taken within moments. */
    | 'close-in-time'
    /** The similarity alone is too low, but keypoints of a member were found again in the frame. */
    | 'keypoints'
    | 'not-similar-enough'
    | 'first-of-all'
    | 'same-bytes'
    | 'put-by-hand';
  /** Score from which the frame joins a group. Rises with crowding. */
  readonly join: number;
  /** Probability that the frame shows the nearest group's scene, in [0, 1]; 0 without neighbours. */
  readonly probability: number;
  /** The nearest group and its best members, most similar first. */
  readonly nearest: Candidate | undefined;
  readonly runnerUp: Candidate | undefined;
  /** The decision was a guess. `doubtful` frames are listed first for review. */
  readonly doubtful?: boolean;
  /** Observations about capture times from this decision; see ClockReliability. */
  readonly lessons?: readonly TimeObservation[];
  /** Probability, by similarity alone, of showing a known scene, in [0.01, 0.99]; see RevisitRate. */
  readonly known?: number;
}

/** The evidence of a frame placed by the user. */
export const byHand: Evidence = {
  rule: 'put-by-hand',
  join: 0,
  probability: 1,
  nearest: undefined,
  runnerUp: undefined,
};

export interface Candidate {
  readonly group: GroupId;
  /** Group score plus time bonus, in units of similarity. */
  readonly score: number;
  readonly members: readonly Member[];
  /** Time bonus: the share of `score` from capture times. Absent if capture times say nothing. */
  readonly lift?: number;
  /** Time between the captures of the frame and of the nearest member in time, ms. */
  readonly spanMs?: number;
}

export interface Member {
  readonly frame: FrameId;
  readonly similarity: number;
  /** Number of keypoints found in both frames; absent if keypoints were not compared. */
  readonly inliers?: number;
}

export interface Thresholds {
  /** Lowest score at which a frame joins a group. */
  readonly join: number;
  readonly pairs: PairOdds;
  readonly probabilityAt: (score: number) => number;
  /** Raises the thresholds in crowded regions. Absent if the thresholds hold everywhere. */
  readonly crowding?: Crowding;
}

/** Most members of a group to compare a frame with. */
export const membersMax = 8;

/** Members kept as evidence. */
const evidenceMembersMax = 3;

/** A decision is a guess within this distance of the threshold, or of the runner-up, in nats. */
const doubtNats = 0.7;

/** Returns the decision for one frame. The order of `candidates` does not matter. */
export function assign(
  candidates: readonly Candidate[],
  thresholds: Thresholds,
  observations: readonly TimeObservation[] = [],
): Assignment {
  const [nearest, runnerUp] = candidates.toSorted((a, b) => b.score - a.score || a.group - b.group);
  const evidence = {
    join: thresholds.join,
    probability: nearest === undefined ? 0 : thresholds.probabilityAt(nearest.score),
    nearest: nearest && withBestMembers(nearest),
    runnerUp: runnerUp && withBestMembers(runnerUp),
    ...(isGuess(nearest, runnerUp, thresholds) && { doubtful: true }),
    ...(observations.length > 0 && { lessons: observations }),
    ...(nearest !== undefined && { known: knownShare(candidates, thresholds) }),
  };
  if (nearest === undefined) return { kind: 'founded', evidence: { rule: 'first-of-all', ...evidence } };
  if (nearest.score < thresholds.join)
    return { kind: 'founded', evidence: { rule: 'not-similar-enough', ...evidence } };
  const rule = similarityTo(nearest) < thresholds.join ? 'close-in-time' : 'similar-enough';
  return { kind: 'joined', group: nearest.group, evidence: { rule, ...evidence } };
}

/** Returns the group score without the time bonus. */
export function similarityTo({ score, lift: bonus = 0 }: Candidate): number {
  return score - bonus;
}

/** Returns the decision for a frame whose bytes are known: it joins the group of the first copy. */
export function assignDuplicate(of: FrameId, group: GroupId): Joined {
  const nearest = { group, score: 1, members: [{ frame: of, similarity: 1 }] };
  const evidence = { rule: 'same-bytes', join: 1, probability: 1, nearest, runnerUp: undefined } as const;
  return { kind: 'joined', group, evidence };
}

/**
 * Group score: half the best member's similarity, half the mean of up to eight members. A single lucky match
 * cannot chain two scenes together, and a group with a single member scores as that member. `members` are
 * sorted, most similar first. Returns -1 for no members.
 */
export function groupScore(members: readonly Member[]): number {
  const [best] = members;
  if (best === undefined) return -1;
  const sum = members.reduce((total, { similarity }) => total + similarity, 0);
  return (best.similarity + sum / members.length) / 2;
}

/** Bounded, because no single frame is a proof. */
function knownShare(candidates: readonly Candidate[], { probabilityAt }: Thresholds): number {
  const best = Math.max(...candidates.map(({ members }) => groupScore(members)));
  return Math.min(0.99, Math.max(0.01, probabilityAt(best)));
}

function isGuess(
  nearest: Candidate | undefined,
  runnerUp: Candidate | undefined,
  { join, pairs }: Thresholds,
): boolean {
  if (nearest === undefined) return false;
  const doubt = doubtNats / pairs.slope;
  if (Math.abs(nearest.score - join) < doubt) return true;
  return runnerUp !== undefined && runnerUp.score >= join && nearest.score - runnerUp.score < doubt;
}

function withBestMembers(candidate: Candidate): Candidate {
  return { ...candidate, members: candidate.members.slice(0, evidenceMembersMax) };
}
