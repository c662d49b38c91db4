import { groupScore, type Member, membersMax, type Thresholds } from '../assignment/assign.ts';
import { type CaptureSource, type ClockReliability, spanMsMax } from '../assignment/clock-reliability.ts';
import { bonusShare, timeBonus } from '../assignment/time-evidence.ts';
import { type Embedding, similarity } from '../embedding.ts';
import type { CaptureTime, FrameId } from '../frame.ts';
import type { GroupId } from '../group.ts';
import type { Neighbourhood, UsualCrowding } from './neighbourhood.ts';
import type { Cluster } from './partition.ts';

/** What is known of a frame when it is looked at again. */
export interface FrameFeatures {
  readonly embedding: Embedding;
  readonly captured: CaptureTime;
}

/** How much a frame, or a group, is like a group: figures to decide by, and to be told. */
export interface GroupSimilarity {
  /** Two thirds of `best`, a third of `mean`, less `crowding`, plus `lift`; to be compared with the score at which frames join. */
  readonly score: number;
  /** Similarity of the two frames that are most alike. */
  readonly best: number;
  readonly pair: readonly [FrameId, FrameId];
  /** Mean similarity: of all pairs that were looked at; of a frame, to the members that are most like it. */
  readonly mean: number;
  /** By how much more than is usual the two resemble what is elsewhere. */
  readonly crowding: number;
  /** What capture times add. */
  readonly lift: number;
}

export interface GroupSimilarityParts {
  readonly featuresOf: (frame: FrameId) => FrameFeatures | undefined;
  readonly neighbourhood: Neighbourhood;
  readonly usual: UsualCrowding;
  readonly limits: Thresholds;
  readonly clockReliability: ClockReliability;
  /** By how many nats a scene that is not near in time is less likely; see Returns. */
  readonly revisitOdds: (clock: CaptureSource) => number;
}

/** Members of a group that are compared with others; of larger groups, so many spread over all. */
const comparedMax = 32;

/** Of these, so many tell how crowded it is around them: each costs a search or two. */
const crowdedMax = 8;

/**
 * Of two groups; undefined where nothing is known of one, or where it would be below `least` although hardly anything were
 * like them elsewhere. Alike whichever of them comes first. Rests after each search, as the other one does.
 */
export function* similarityOfGroups(
  one: Cluster,
  other: Cluster,
  parts: GroupSimilarityParts,
  least = Number.NEGATIVE_INFINITY,
): Generator<undefined, GroupSimilarity | undefined> {
  const [a, b] = one.id < other.id ? [one, other] : [other, one];
  const [some, others] = [spread(a.members), spread(b.members)];
  const figures = atFirstSight(some, others, parts);
  if (figures === undefined || scoreOf({ ...figures, crowding: leastLevel(parts) }) < least) return undefined;
  const levels = [yield* crowdingOf(some, a.id, b.id, parts), yield* crowdingOf(others, b.id, a.id, parts)];
  return withScore({ ...figures, crowding: meanOf(levels) });
}

/** What two groups would score by their looks if it were as crowded around them as it usually is; without any search. */
export function usualScore(one: Cluster, other: Cluster, parts: GroupSimilarityParts): number | undefined {
  const figures = atFirstSight(spread(one.members), spread(other.members), parts);
  return figures && scoreOf({ ...figures, crowding: 0, lift: 0 });
}

function atFirstSight(
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
  return { best: best.similarity, pair, mean, lift: revisitOddsOf(some, others, parts) };
}

/** Of a frame to the other members of a group; undefined where there are none, and as between groups. */
export function* similarityOfFrame(
  frame: FrameId,
  group: Cluster,
  parts: GroupSimilarityParts,
  least = Number.NEGATIVE_INFINITY,
): Generator<undefined, GroupSimilarity | undefined> {
  const others = closest(frame, group, parts);
  const found = similarTo(frame, others, parts).sort(
    (a, b) => b.similarity - a.similarity || a.other - b.other,
  );
  const nearest = found.slice(0, membersMax).map(({ other, ...rest }): Member => ({ frame: other, ...rest }));
  const [best] = nearest;
  if (best === undefined) return undefined;
  const mean = 2 * groupScore(nearest) - best.similarity;
  const pair = [frame, best.frame] as const;
  const figures = { best: best.similarity, pair, mean, lift: timeBonusOf(frame, others, parts) };
  const own = yield* crowdingOf([frame], group.id, undefined, parts);
  if (scoreOf({ ...figures, crowding: meanOf([own, leastLevel(parts)]) }) < least) return undefined;
  const theirs = yield* crowdingOf(without(frame, group.members), group.id, undefined, parts);
  return withScore({ ...figures, crowding: meanOf([own, theirs]) });
}

/** The same without what nearness in time gave it. */
export function withoutTimeBonus(groupSimilarity: GroupSimilarity | undefined): GroupSimilarity | undefined {
  if (groupSimilarity === undefined || groupSimilarity.lift <= 0) return groupSimilarity;
  return { ...groupSimilarity, score: groupSimilarity.score - groupSimilarity.lift, lift: 0 };
}

function withScore(figures: Omit<GroupSimilarity, 'score'>): GroupSimilarity {
  return { score: scoreOf(figures), ...figures };
}

/** One view in common says more of two groups than that others of their views differ: the camera moved on. */
const bestShare = 2 / 3;

function scoreOf({ best, mean, crowding, lift }: Omit<GroupSimilarity, 'score' | 'pair'>): number {
  return bestShare * best + (1 - bestShare) * mean - crowding + lift;
}

/** Where it is hardly crowded at all. */
function leastLevel({ usual }: GroupSimilarityParts): number {
  return usual.least - usual.mean;
}

function without(frame: FrameId, members: readonly FrameId[]): readonly FrameId[] {
  return spread(members, crowdedMax).filter((member) => member !== frame);
}

/** Members that are spread over the group, and those known to be near. */
function closest(frame: FrameId, group: Cluster, { neighbourhood }: GroupSimilarityParts): FrameId[] {
  const members = new Set(group.members);
  const near = neighbourhood.of(frame).filter((member) => members.has(member.frame));
  const all = new Set([...near.slice(0, membersMax).map((member) => member.frame), ...spread(group.members)]);
  all.delete(frame);
  return [...all];
}

function similarTo(frame: FrameId, others: readonly FrameId[], { featuresOf }: GroupSimilarityParts) {
  const sight = featuresOf(frame);
  if (sight === undefined) return [];
  return others.flatMap((other) => {
    const known = featuresOf(other);
    return known === undefined ? [] : [{ other, similarity: similarity(sight.embedding, known.embedding) }];
  });
}

function* crowdingOf(
  frames: readonly FrameId[],
  own: number,
  other: number | undefined,
  { neighbourhood, usual }: GroupSimilarityParts,
): Generator<undefined, number> {
  const levels: number[] = [];
  for (const frame of spread(frames, crowdedMax)) {
    levels.push((neighbourhood.crowding(frame, own, other) ?? usual.mean) - usual.mean);
    yield;
  }
  return meanOf(levels);
}

/**
 * What times say of two groups: that scenes seldom come back, unless some of both were taken within moments. That they
 * were adds nothing: it was considered when each frame was decided, and there is a cut between many that are. Many frames
 * know more of what they show than one, so that times count as little as they do for what is near.
 */
function revisitOddsOf(
  some: readonly FrameId[],
  others: readonly FrameId[],
  parts: GroupSimilarityParts,
): number {
  if (some.some((frame) => nearestInTime(frame, others, parts) !== undefined)) return 0;
  const clocks = [some, others].flatMap(([first]) => clockOf(first, parts) ?? []);
  return (bonusShare * meanOf(clocks.map(parts.revisitOdds))) / parts.limits.pairs.slope;
}

function clockOf(frame: FrameId | undefined, { featuresOf }: GroupSimilarityParts) {
  return frame === undefined ? undefined : featuresOf(frame)?.captured.origin;
}

function timeBonusOf(frame: FrameId, others: readonly FrameId[], parts: GroupSimilarityParts): number {
  const clock = clockOf(frame, parts);
  if (clock === undefined) return 0;
  const spanMs = nearestInTime(frame, others, parts);
  const group = 0 as GroupId; // whichever: only the one is asked about
  const near = spanMs === undefined ? [] : [{ group, spanMs }];
  const belief = { clockReliability: parts.clockReliability, revisitRate: parts.revisitOdds(clock) };
  return timeBonus(group, near, clock, belief, parts.limits);
}

/** The span to the nearest capture by the same kind of clock, ms; undefined if none is near. */
function nearestInTime(
  frame: FrameId,
  others: readonly FrameId[],
  { featuresOf }: GroupSimilarityParts,
): number | undefined {
  const captured = featuresOf(frame)?.captured;
  const spans = others.flatMap((other) => {
    const known = featuresOf(other)?.captured;
    const isSameClock = captured !== undefined && known?.origin === captured.origin;
    return isSameClock ? [Math.abs(captured.ms - known.ms)] : [];
  });
  const least = Math.min(...spans);
  return least <= spanMsMax ? least : undefined;
}

/** All of a few, so many of more, evenly. */
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
