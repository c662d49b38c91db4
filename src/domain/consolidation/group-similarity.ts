import { groupScore, type Member, membersMax, type Thresholds } from '../assignment/assign.ts';
import { type CaptureSource, type ClockReliability, spanMsMax } from '../assignment/clock-reliability.ts';
import { bonusShare, timeBonus } from '../assignment/time-evidence.ts';
import { similarity } from '../embedding.ts';
import type { FrameId } from '../frame.ts';
import type { GroupId } from '../group.ts';
import type { Neighbourhood, UsualCrowding } from './neighbourhood.ts';
import type { Cluster } from './partition.ts';
import type { KnownFeatures, Steps } from './questions.ts';

/** Similarity of a frame, or a group, to a group, with its components for explanations. */
export interface GroupSimilarity {
  /**
   * Two thirds of `best`, a third of `mean`, minus `crowding`, plus `lift`. Compared with the join threshold.
   */
  readonly score: number;
  /** Similarity of the two most similar frames. */
  readonly best: number;
  readonly pair: readonly [FrameId, FrameId];
  /** Mean similarity of all compared pairs. For a frame: of the most similar members. */
  readonly mean: number;
  /** Crowding around the two, above the usual. */
  readonly crowding: number;
  /** Time bonus. */
  readonly lift: number;
}

export interface GroupSimilarityParts {
  readonly features: KnownFeatures;
  readonly neighbourhood: Neighbourhood;
  readonly usual: UsualCrowding;
  readonly thresholds: Thresholds;
  readonly clockReliability: ClockReliability;
  /** Returns how much less likely a scene far in time is, in nats; see RevisitRate. */
  readonly revisitOdds: (clock: CaptureSource) => number;
}

/** Members of a group to compare, evenly spread over larger groups. */
const comparedMax = 32;

/** Members to measure crowding with: each costs one or two searches. */
const crowdedMax = 8;

/**
 * Returns the similarity of two groups, whatever their order. Returns undefined if a group has no known
 * frame, or if the score would be below `least` even at minimal crowding. Yields after each search.
 */
export function* similarityOfGroups(
  one: Cluster,
  other: Cluster,
  parts: GroupSimilarityParts,
  least = Number.NEGATIVE_INFINITY,
): Steps<GroupSimilarity | undefined> {
  const [a, b] = one.id < other.id ? [one, other] : [other, one];
  const [some, others] = [spread(a.members), spread(b.members)];
  yield* parts.features.load([...some, ...others]);
  const partial = withoutCrowding(some, others, parts);
  if (partial === undefined || scoreOf({ ...partial, crowding: minimalCrowding(parts) }) < least)
    return undefined;
  const levels = [yield* crowdingOf(some, a.id, b.id, parts), yield* crowdingOf(others, b.id, a.id, parts)];
  return withScore({ ...partial, crowding: meanOf(levels) });
}

/**
 * Returns the score of two groups at usual crowding and without the time bonus. The features of the compared
 * members are loaded.
 */
export function usualScore(one: Cluster, other: Cluster, parts: GroupSimilarityParts): number | undefined {
  const partial = withoutCrowding(spread(one.members), spread(other.members), parts);
  return partial && scoreOf({ ...partial, crowding: 0, lift: 0 });
}

function withoutCrowding(
  some: readonly FrameId[],
  others: readonly FrameId[],
  parts: GroupSimilarityParts,
): Omit<GroupSimilarity, 'score' | 'crowding'> | undefined {
  const pairs = some.flatMap((frame) => similarTo(frame, others, parts).map((to) => ({ frame, ...to })));
  const [first] = pairs;
  if (first === undefined) return undefined;
  const best = pairs.reduce((most, pair) => (pair.similarity > most.similarity ? pair : most), first);
  const mean = meanOf(pairs.map((pair) => pair.similarity));
  const pair = [best.frame, best.other] as const;
  return { best: best.similarity, pair, mean, lift: revisitPenalty(some, others, parts) };
}

/**
 * Returns the similarity of a frame to the other members of a group. Returns undefined if there are none, or
 * if the score would be below `least`.
 */
export function* similarityOfFrame(
  frame: FrameId,
  group: Cluster,
  parts: GroupSimilarityParts,
  least = Number.NEGATIVE_INFINITY,
): Steps<GroupSimilarity | undefined> {
  const others = yield* comparedMembers(frame, group, parts);
  yield* parts.features.load([frame, ...others]);
  const found = similarTo(frame, others, parts).sort(
    (a, b) => b.similarity - a.similarity || a.other - b.other,
  );
  const nearest = found.slice(0, membersMax).map(({ other, ...rest }): Member => ({ frame: other, ...rest }));
  const [best] = nearest;
  if (best === undefined) return undefined;
  const mean = 2 * groupScore(nearest) - best.similarity;
  const pair = [frame, best.frame] as const;
  const partial = { best: best.similarity, pair, mean, lift: timeBonusOf(frame, others, parts) };
  const own = yield* crowdingOf([frame], group.id, undefined, parts);
  if (scoreOf({ ...partial, crowding: meanOf([own, minimalCrowding(parts)]) }) < least) return undefined;
  const theirs = yield* crowdingOf(without(frame, group.members), group.id, undefined, parts);
  return withScore({ ...partial, crowding: meanOf([own, theirs]) });
}

/** Removes a positive time bonus. */
export function withoutTimeBonus(groupSimilarity: GroupSimilarity | undefined): GroupSimilarity | undefined {
  if (groupSimilarity === undefined || groupSimilarity.lift <= 0) return groupSimilarity;
  return { ...groupSimilarity, score: groupSimilarity.score - groupSimilarity.lift, lift: 0 };
}

function withScore(partial: Omit<GroupSimilarity, 'score'>): GroupSimilarity {
  return { score: scoreOf(partial), ...partial };
}

/** One common view says more about two groups than differences of their other views: the camera moved on. */
const bestShare = 2 / 3;

function scoreOf({ best, mean, crowding, lift }: Omit<GroupSimilarity, 'score' | 'pair'>): number {
  return bestShare * best + (1 - bestShare) * mean - crowding + lift;
}

/** Crowding in the emptiest regions, relative to the usual. */
function minimalCrowding({ usual }: GroupSimilarityParts): number {
  return usual.least - usual.mean;
}

function without(frame: FrameId, members: readonly FrameId[]): readonly FrameId[] {
  return spread(members, crowdedMax).filter((member) => member !== frame);
}

/** Returns the nearest members, and members spread over the group. */
function* comparedMembers(
  frame: FrameId,
  group: Cluster,
  { neighbourhood }: GroupSimilarityParts,
): Steps<FrameId[]> {
  const members = new Set(group.members);
  const near = (yield* neighbourhood.of(frame)).filter((member) => members.has(member.frame));
  const all = new Set([...near.slice(0, membersMax).map((member) => member.frame), ...spread(group.members)]);
  all.delete(frame);
  return [...all];
}

function similarTo(frame: FrameId, others: readonly FrameId[], { features }: GroupSimilarityParts) {
  const own = features.of(frame);
  if (own === undefined) return [];
  return others.flatMap((other) => {
    const known = features.of(other);
    return known === undefined ? [] : [{ other, similarity: similarity(own.embedding, known.embedding) }];
  });
}

function* crowdingOf(
  frames: readonly FrameId[],
  own: number,
  other: number | undefined,
  { neighbourhood, usual }: GroupSimilarityParts,
): Steps<number> {
  const levels: number[] = [];
  for (const frame of spread(frames, crowdedMax)) {
    const level = yield* neighbourhood.crowding(frame, own, other);
    levels.push((level ?? usual.mean) - usual.mean);
    yield;
  }
  return meanOf(levels);
}

/**
 * Returns the time bonus of two groups: a penalty, because scenes seldom come back, or 0 if some members are
 * close in time. Closeness in time adds no bonus: each frame's own decision considered it, and many close
 * pairs span a cut. Many frames show more than a single frame, therefore times count as little as in
 * `timeBonus`.
 */
function revisitPenalty(
  some: readonly FrameId[],
  others: readonly FrameId[],
  parts: GroupSimilarityParts,
): number {
  if (some.some((frame) => nearestInTime(frame, others, parts) !== undefined)) return 0;
  const clocks = [some, others].flatMap(([first]) => clockOf(first, parts) ?? []);
  return (bonusShare * meanOf(clocks.map(parts.revisitOdds))) / parts.thresholds.pairs.slope;
}

function clockOf(frame: FrameId | undefined, { features }: GroupSimilarityParts) {
  return frame === undefined ? undefined : features.of(frame)?.captured.origin;
}

function timeBonusOf(frame: FrameId, others: readonly FrameId[], parts: GroupSimilarityParts): number {
  const clock = clockOf(frame, parts);
  if (clock === undefined) return 0;
  const spanMs = nearestInTime(frame, others, parts);
  const group = 0 as GroupId; // any id: there is only this group
  const near = spanMs === undefined ? [] : [{ group, spanMs }];
  const belief = { clockReliability: parts.clockReliability, revisitRate: parts.revisitOdds(clock) };
  return timeBonus(group, near, clock, belief, parts.thresholds);
}

/** Returns the time to the nearest capture of the same source, ms. Returns undefined beyond `spanMsMax`. */
function nearestInTime(
  frame: FrameId,
  others: readonly FrameId[],
  { features }: GroupSimilarityParts,
): number | undefined {
  const captured = features.of(frame)?.captured;
  const spans = others.flatMap((other) => {
    const known = features.of(other)?.captured;
    const isSameClock = captured !== undefined && known?.origin === captured.origin;
    return isSameClock ? [Math.abs(captured.ms - known.ms)] : [];
  });
  const least = Math.min(...spans);
  return least <= spanMsMax ? least : undefined;
}

/** Returns up to `count` members, evenly spread. */
export function spread(members: readonly FrameId[], count = comparedMax): readonly FrameId[] {
  if (members.length <= count) return members;
  return Array.from(
    { length: count },
    (_, at) => members[Math.floor((at * members.length) / count)] as FrameId,
  );
}

function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
