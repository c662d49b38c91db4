import type { Cluster } from './arrangement.ts';
import { type Limits, type Member, membersMax, resemblance } from './assign.ts';
import { type Embedding, similarity } from './embedding.ts';
import type { CaptureTime, FrameId } from './frame.ts';
import type { GroupId } from './group.ts';
import type { Surroundings } from './surroundings.ts';
import { liftShare, timeLift } from './time-evidence.ts';
import { type Clock, spanMsMax, type TimeTrust } from './time-trust.ts';

/** What is known of a frame when it is looked at again. */
export interface Sight {
  readonly embedding: Embedding;
  readonly captured: CaptureTime;
}

/** How much a frame, or a group, is like a group: figures to decide by, and to be told. */
export interface Likeness {
  /** half of `best`, half of `mean`, less `crowding`, plus `lift`; to be compared with the score at which frames join. */
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

export interface LikenessParts {
  readonly sightOf: (frame: FrameId) => Sight | undefined;
  readonly surroundings: Surroundings;
  readonly usualCrowding: number;
  readonly limits: Limits;
  readonly trust: TimeTrust;
  /** By how many nats a scene that is not near in time is less likely; see Returns. */
  readonly returningOdds: (clock: Clock) => number;
}

/** Members of a group that are compared with others; of larger groups, so many spread over all. */
const comparedMax = 32;

/** Of two groups; undefined where nothing is known of one. Alike whichever of them comes first. */
export function likenessOfGroups(one: Cluster, other: Cluster, parts: LikenessParts): Likeness | undefined {
  const [a, b] = one.id < other.id ? [one, other] : [other, one];
  const [some, others] = [spread(a.members), spread(b.members)];
  const pairs = some.flatMap((frame) => similarTo(frame, others, parts).map((to) => ({ frame, ...to })));
  const [first] = pairs;
  if (first === undefined) return undefined;
  const best = pairs.reduce((most, pair) => (pair.similarity > most.similarity ? pair : most), first);
  const mean = meanOf(pairs.map((pair) => pair.similarity));
  const levels = [crowdingOf(some, a.id, b.id, parts), crowdingOf(others, b.id, a.id, parts)];
  const figures = { mean, crowding: meanOf(levels), lift: returning(some, others, parts) };
  return withScore({ best: best.similarity, pair: [best.frame, best.other], ...figures });
}

/** Of a frame to the other members of a group; undefined where there are none. */
export function likenessOfFrame(frame: FrameId, group: Cluster, parts: LikenessParts): Likeness | undefined {
  const others = closest(frame, group, parts);
  const found = similarTo(frame, others, parts).sort(
    (a, b) => b.similarity - a.similarity || a.other - b.other,
  );
  const nearest = found.slice(0, membersMax).map(({ other, ...rest }): Member => ({ frame: other, ...rest }));
  const [best] = nearest;
  if (best === undefined) return undefined;
  const levels = [
    crowdingOf([frame], group.id, undefined, parts),
    crowdingOf(others, group.id, undefined, parts),
  ];
  const mean = 2 * resemblance(nearest) - best.similarity;
  const figures = { mean, crowding: meanOf(levels), lift: liftOf(frame, others, parts) };
  return withScore({ best: best.similarity, pair: [frame, best.frame], ...figures });
}

function withScore(figures: Omit<Likeness, 'score'>): Likeness {
  return { score: (figures.best + figures.mean) / 2 - figures.crowding + figures.lift, ...figures };
}

/** Members that are spread over the group, and those known to be near. */
function closest(frame: FrameId, group: Cluster, { surroundings }: LikenessParts): FrameId[] {
  const members = new Set(group.members);
  const near = surroundings.of(frame).filter((member) => members.has(member.frame));
  const all = new Set([...near.slice(0, membersMax).map((member) => member.frame), ...spread(group.members)]);
  all.delete(frame);
  return [...all];
}

function similarTo(frame: FrameId, others: readonly FrameId[], { sightOf }: LikenessParts) {
  const sight = sightOf(frame);
  if (sight === undefined) return [];
  return others.flatMap((other) => {
    const known = sightOf(other);
    return known === undefined ? [] : [{ other, similarity: similarity(sight.embedding, known.embedding) }];
  });
}

function crowdingOf(
  frames: readonly FrameId[],
  own: number,
  other: number | undefined,
  { surroundings, usualCrowding }: LikenessParts,
): number {
  return meanOf(
    frames.map((frame) => (surroundings.crowding(frame, own, other) ?? usualCrowding) - usualCrowding),
  );
}

/**
 * What times say of two groups: that scenes seldom come back, unless some of both were taken within moments. That they
 * were adds nothing: it was considered when each frame was decided, and there is a cut between many that are. Many frames
 * know more of what they show than one, so that times count as little as they do for what is near.
 */
function returning(some: readonly FrameId[], others: readonly FrameId[], parts: LikenessParts): number {
  if (some.some((frame) => nearestInTime(frame, others, parts) !== undefined)) return 0;
  const clocks = [some, others].flatMap(([first]) => clockOf(first, parts) ?? []);
  return (liftShare * meanOf(clocks.map(parts.returningOdds))) / parts.limits.pairs.slope;
}

function clockOf(frame: FrameId | undefined, { sightOf }: LikenessParts) {
  return frame === undefined ? undefined : sightOf(frame)?.captured.origin;
}

function liftOf(frame: FrameId, others: readonly FrameId[], parts: LikenessParts): number {
  const clock = clockOf(frame, parts);
  if (clock === undefined) return 0;
  const spanMs = nearestInTime(frame, others, parts);
  const group = 0 as GroupId; // whichever: only the one is asked about
  const near = spanMs === undefined ? [] : [{ group, spanMs }];
  const belief = { trust: parts.trust, returns: parts.returningOdds(clock) };
  return timeLift(group, near, clock, belief, parts.limits);
}

/** The span to the nearest capture by the same kind of clock, ms; undefined if none is near. */
function nearestInTime(
  frame: FrameId,
  others: readonly FrameId[],
  { sightOf }: LikenessParts,
): number | undefined {
  const captured = sightOf(frame)?.captured;
  const spans = others.flatMap((other) => {
    const known = sightOf(other)?.captured;
    const isSameClock = captured !== undefined && known?.origin === captured.origin;
    return isSameClock ? [Math.abs(captured.ms - known.ms)] : [];
  });
  const least = Math.min(...spans);
  return least <= spanMsMax ? least : undefined;
}

/** All of a few, so many of more, evenly. */
function spread(members: readonly FrameId[]): readonly FrameId[] {
  if (members.length <= comparedMax) return members;
  return Array.from(
    { length: comparedMax },
    (_, at) => members[Math.floor((at * members.length) / comparedMax)] as FrameId,
  );
}

function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
