import type { FrameId } from '../frame.ts';
import type { GroupId } from '../group.ts';
import type { TimeObservation } from './clock-reliability.ts';
import type { Crowding } from './crowding.ts';
import type { PairOdds } from './odds.ts';

/** Which group a frame belongs to, and why. */
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

/** Why an assignment was made; kept with it, so that it can be told in words. */
export interface Evidence {
  readonly rule:
    | 'similar-enough'
    /** Not similar enough alone, but taken within moments of members. */
    | 'close-in-time'
    /** Not similar enough, but the same things were found in it. */
    | 'keypoints'
    | 'not-similar-enough'
    | 'first-of-all'
    | 'same-bytes'
    | 'put-by-hand';
  /** The score at which the frame joins: the higher, the more around it is alike. */
  readonly join: number;
  /** Probability that the frame is of the nearest group's scene; 0 without neighbours. */
  readonly probability: number;
  /** The nearest group and its best members, most similar first. */
  readonly nearest: Candidate | undefined;
  readonly runnerUp: Candidate | undefined;
  /** A guess that could as well have gone the other way: to be looked at first. */
  readonly doubtful?: boolean;
  /** What this frame taught about the worth of capture times. */
  readonly lessons?: readonly TimeObservation[];
  /** How probably it shows a scene that was known, by its looks alone; what it teaches of scenes that come back. */
  readonly known?: number;
}

/** Why a picture is where a person put it. */
export const byHand: Evidence = {
  rule: 'put-by-hand',
  join: 0,
  probability: 1,
  nearest: undefined,
  runnerUp: undefined,
};

export interface Candidate {
  readonly group: GroupId;
  /** How much the frame resembles the group, plus what capture times add. */
  readonly score: number;
  readonly members: readonly Member[];
  /** The part of the score that capture times add; absent where they say nothing. */
  readonly lift?: number;
  /** From the capture of the nearest member in time, ms. */
  readonly spanMs?: number;
}

export interface Member {
  readonly frame: FrameId;
  readonly similarity: number;
  /** Keypoints found in both, where they were looked for. */
  readonly inliers?: number;
}

export interface Thresholds {
  /** Lowest score at which a frame joins a group. */
  readonly join: number;
  readonly pairs: PairOdds;
  readonly probabilityAt: (score: number) => number;
  /** How much more is asked for where much is alike; absent where the limits mean the same everywhere. */
  readonly crowding?: Crowding;
}

/** Members of a group that a frame is compared with at the most. */
export const membersMax = 8;

/** Members that are kept as evidence. */
const shownMax = 3;

/** Within so many nats of the threshold, or of the next group, a decision is a guess. */
const doubtNats = 0.7;

/** The decision for one frame, from the groups that it could belong to in any order. */
export function assign(
  candidates: readonly Candidate[],
  limits: Thresholds,
  lessons: readonly TimeObservation[] = [],
): Assignment {
  const [nearest, runnerUp] = candidates.toSorted((a, b) => b.score - a.score || a.group - b.group);
  const evidence = {
    join: limits.join,
    probability: nearest === undefined ? 0 : limits.probabilityAt(nearest.score),
    nearest: nearest && shown(nearest),
    runnerUp: runnerUp && shown(runnerUp),
    ...(isGuess(nearest, runnerUp, limits) && { doubtful: true }),
    ...(lessons.length > 0 && { lessons }),
    ...(nearest !== undefined && { known: knownShare(candidates, limits) }),
  };
  if (nearest === undefined) return { kind: 'founded', evidence: { rule: 'first-of-all', ...evidence } };
  if (nearest.score < limits.join)
    return { kind: 'founded', evidence: { rule: 'not-similar-enough', ...evidence } };
  const rule = similarityTo(nearest) < limits.join ? 'close-in-time' : 'similar-enough';
  return { kind: 'joined', group: nearest.group, evidence: { rule, ...evidence } };
}

/** How much a frame resembles a group by what both show, whatever the time says. */
export function similarityTo({ score, lift = 0 }: Candidate): number {
  return score - lift;
}

/** The decision for a frame whose bytes are known already: it belongs beside the first. */
export function assignDuplicate(of: FrameId, group: GroupId): Joined {
  const nearest = { group, score: 1, members: [{ frame: of, similarity: 1 }] };
  const evidence = { rule: 'same-bytes', join: 1, probability: 1, nearest, runnerUp: undefined } as const;
  return { kind: 'joined', group, evidence };
}

/**
 * How much a frame resembles a group: half its best member, half the mean of up to eight. One lucky twin alone does not
 * chain two scenes together, and a group of one is as good as its member. `members` are the most similar first.
 */
export function groupScore(members: readonly Member[]): number {
  const [best] = members;
  if (best === undefined) return -1;
  const sum = members.reduce((total, { similarity }) => total + similarity, 0);
  return (best.similarity + sum / members.length) / 2;
}

/** Bounded, so that no single frame is a proof. */
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

function shown(candidate: Candidate): Candidate {
  return { ...candidate, members: candidate.members.slice(0, shownMax) };
}
