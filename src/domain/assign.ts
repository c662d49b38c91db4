import type { FrameId } from './frame.ts';
import type { GroupId, Neighbour } from './group.ts';

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
  readonly rule: 'similar-enough' | 'not-similar-enough' | 'first-of-all' | 'same-bytes' | 'put-by-hand';
  /** The score at which a frame joined, at the time. */
  readonly join: number;
  /** Probability that the frame is of the nearest group's scene; 0 without neighbours. */
  readonly probability: number;
  /** The nearest group and its best members, most similar first. */
  readonly nearest: Candidate | undefined;
  readonly runnerUp: Candidate | undefined;
}

export interface Candidate {
  readonly group: GroupId;
  readonly score: number;
  readonly members: readonly { readonly frame: FrameId; readonly similarity: number }[];
}

export interface Limits {
  /** Lowest score at which a frame joins a group. */
  readonly join: number;
  readonly probabilityAt: (score: number) => number;
}

const membersMax = 3;

/** The decision for one frame. `near` are its neighbours, most similar first. */
export function assign(near: readonly Neighbour[], limits: Limits): Assignment {
  const [nearest, runnerUp] = candidates(near);
  const evidence = {
    join: limits.join,
    probability: nearest === undefined ? 0 : limits.probabilityAt(nearest.score),
    nearest,
    runnerUp,
  };
  if (nearest === undefined) return { kind: 'founded', evidence: { rule: 'first-of-all', ...evidence } };
  if (nearest.score < limits.join)
    return { kind: 'founded', evidence: { rule: 'not-similar-enough', ...evidence } };
  return { kind: 'joined', group: nearest.group, evidence: { rule: 'similar-enough', ...evidence } };
}

/** The decision for a frame whose bytes are known already: it belongs beside the first. */
export function assignDuplicate(of: FrameId, group: GroupId): Joined {
  const nearest = { group, score: 1, members: [{ frame: of, similarity: 1 }] };
  const evidence = { rule: 'same-bytes', join: 1, probability: 1, nearest, runnerUp: undefined } as const;
  return { kind: 'joined', group, evidence };
}

/** The neighbours' groups, best score first; equal scores in the order of founding. */
export function candidates(near: readonly Neighbour[]): Candidate[] {
  const byGroup = new Map<GroupId, Neighbour[]>();
  for (const neighbour of near) {
    const members = byGroup.get(neighbour.group);
    if (members === undefined) byGroup.set(neighbour.group, [neighbour]);
    else if (members.length < membersMax) members.push(neighbour);
  }
  return Array.from(byGroup, ([group, members]) => candidate(group, members)).sort(
    (a, b) => b.score - a.score || a.group - b.group,
  );
}

function candidate(group: GroupId, members: readonly Neighbour[]): Candidate {
  return {
    group,
    score: members[0]?.similarity ?? 0,
    members: members.map(({ frame, similarity }) => ({ frame, similarity })),
  };
}
