import type { Thresholds } from '../assignment/assign.ts';
import { type Embedding, similarity } from '../embedding.ts';
import type { FrameId } from '../frame.ts';
import { bisect, type Halves, type Side } from './bisect.ts';
import { mergeThreshold } from './confidence.ts';
import {
  type GroupSimilarity,
  type GroupSimilarityParts,
  similarityOfGroups,
  spread,
  usualScore,
} from './group-similarity.ts';
import type { Cluster } from './partition.ts';
import type { Steps } from './questions.ts';

/** The frames that should leave a group, with their similarity to the rest. */
export interface GroupSplit {
  /** Sorted by id. The smaller part leaves; if both are equal, the later part. */
  readonly leaving: readonly FrameId[];
  readonly groupSimilarity: GroupSimilarity;
}

/** Log-odds against a common scene required for a split, in nats: a wrong split is costly. */
const splitNats = 2;

/** Two parts are sharply apart if pairs within a part are this much more similar, in nats. */
const contrastNats = 8;

/**
 * Finds a group with two scenes: both halves are less similar than separate groups, without the time bonus.
 * Frames that join a moment after the last can carry a group from one scene to the next, although no single
 * frame is out of place. Returns undefined if there is no clear split.
 */
export function* findSplit(cluster: Cluster, parts: GroupSimilarityParts): Steps<GroupSplit | undefined> {
  const { thresholds, features } = parts;
  yield* features.load(spread(cluster.members));
  const sampled = spread(cluster.members).filter((frame) => features.of(frame) !== undefined);
  const halves = bisect(sampled.flatMap((frame) => features.of(frame)?.embedding ?? []));
  if (halves === undefined) return undefined;
  const half = (side: Side) => ({
    ...cluster,
    members: sampled.filter((_, at) => halves.sides[at] === side),
  });
  const [one, other] = [half(0), half(1)];
  const isSharp = areSharplyApart(halves, thresholds);
  if ((usualScore(one, other, parts) ?? 1) >= (isSharp ? mergeThreshold(thresholds) : thresholds.join))
    return undefined;
  const groupSimilarity = yield* similarityOfGroups(one, other, parts);
  const least = isSharp ? mergeThreshold(thresholds) : thresholds.join - splitNats / thresholds.pairs.slope;
  if (groupSimilarity === undefined || groupSimilarity.score - groupSimilarity.lift >= least)
    return undefined;
  const whole = yield* assignAll(cluster.members, halves, parts);
  // A long camera movement looks like two scenes if only distant steps are compared.
  const isBridged = whole.crossing >= Math.max(thresholds.join, (halves.within + halves.between) / 2);
  return isBridged ? undefined : { leaving: smaller(whole.sides), groupSimilarity };
}

/** Both halves have several frames, and hold together much better than with each other. */
function areSharplyApart({ sides, within, between }: Halves, { pairs }: Thresholds): boolean {
  const ofOne = sides.filter((side) => side === 0).length;
  return Math.min(ofOne, sides.length - ofOne) > 1 && within - between >= contrastNats / pairs.slope;
}

interface WholeGroup {
  /** Members by half, sorted by id. */
  readonly sides: readonly [readonly FrameId[], readonly FrameId[]];
  /** The highest similarity of two consecutive members in different halves; -1 if there are none. */
  readonly crossing: number;
}

/** Assigns every member to a half, also in the largest groups. Yields now and then. */
function* assignAll(
  members: readonly FrameId[],
  { sideOf }: Halves,
  { features }: GroupSimilarityParts,
): Steps<WholeGroup> {
  const sides: [FrameId[], FrameId[]] = [[], []];
  let crossing = -1;
  let last: { readonly side: Side; readonly embedding: Embedding } | undefined;
  for (const [at, frame] of members.entries()) {
    if (at % yieldEvery === 0) {
      yield;
      yield* features.load(members.slice(at, at + yieldEvery));
    }
    const embedding = features.of(frame)?.embedding;
    if (embedding === undefined) continue;
    const side = sideOf(embedding);
    sides[side]?.push(frame);
    if (last !== undefined && last.side !== side)
      crossing = Math.max(crossing, similarity(last.embedding, embedding));
    last = { side, embedding };
  }
  return { sides, crossing };
}

function smaller([one, other]: WholeGroup['sides']): readonly FrameId[] {
  const isOneLeaving = one.length - other.length || (other[0] ?? 0) - (one[0] ?? 0);
  return isOneLeaving < 0 ? one : other;
}

/** Frames between two yields; each frame is compared with all sampled frames. */
const yieldEvery = 8;
