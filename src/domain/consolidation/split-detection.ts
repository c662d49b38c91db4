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

/** What should leave a group, and how little it is like what stays. */
export interface GroupSplit {
  /** By id; the smaller part, and of equals the later one. */
  readonly leaving: readonly FrameId[];
  readonly groupSimilarity: GroupSimilarity;
}

/** So much, in nats, must speak against two parts of a group being one scene: to part them is rash. */
const splitNats = 2;

/** So much more alike two of one part must be than two of different ones, for the parts to be sharply apart. */
const contrastNats = 8;

/**
 * Whether a group is surely two scenes: the two parts into which it falls are less alike than groups that stay apart,
 * whatever the times say. Frames that join one by one, each because it was taken a moment after the last, carry a group
 * from one scene into the next; no single one of them is out of place. Undefined where there is no such doubt.
 */
export function* findSplit(
  cluster: Cluster,
  parts: GroupSimilarityParts,
): Generator<undefined, GroupSplit | undefined> {
  const { limits, featuresOf } = parts;
  const shown = spread(cluster.members).filter((frame) => featuresOf(frame) !== undefined);
  const halves = bisect(shown.flatMap((frame) => featuresOf(frame)?.embedding ?? []));
  if (halves === undefined) return undefined;
  const half = (side: Side) => ({ ...cluster, members: shown.filter((_, at) => halves.sides[at] === side) });
  const [one, other] = [half(0), half(1)];
  const isSharp = areSharplyApart(halves, limits);
  if ((usualScore(one, other, parts) ?? 1) >= (isSharp ? mergeThreshold(limits) : limits.join))
    return undefined;
  const groupSimilarity = yield* similarityOfGroups(one, other, parts);
  const least = isSharp ? mergeThreshold(limits) : limits.join - splitNats / limits.pairs.slope;
  if (groupSimilarity === undefined || groupSimilarity.score - groupSimilarity.lift >= least)
    return undefined;
  const whole = yield* wholeOf(cluster.members, halves, parts);
  // A camera that moves on for long looks like two of which only steps far apart were compared.
  const isBridged = whole.crossing >= Math.max(limits.join, (halves.within + halves.between) / 2);
  return isBridged ? undefined : { leaving: smaller(whole.sides), groupSimilarity };
}

/** Both are more than one frame, and hold together much better than they do with each other. */
function areSharplyApart({ sides, within, between }: Halves, { pairs }: Thresholds): boolean {
  const ofOne = sides.filter((side) => side === 0).length;
  return Math.min(ofOne, sides.length - ofOne) > 1 && within - between >= contrastNats / pairs.slope;
}

interface Whole {
  /** Members by their sides, each by id. */
  readonly sides: readonly [readonly FrameId[], readonly FrameId[]];
  /** The highest similarity of two that follow each other and are not of one side; -1 if there are none. */
  readonly crossing: number;
}

/** Of the largest groups too, every member is looked at. Rests now and then. */
function* wholeOf(
  members: readonly FrameId[],
  { sideOf }: Halves,
  { featuresOf }: GroupSimilarityParts,
): Generator<undefined, Whole> {
  const sides: [FrameId[], FrameId[]] = [[], []];
  let crossing = -1;
  let last: { readonly side: Side; readonly embedding: Embedding } | undefined;
  for (const [at, frame] of members.entries()) {
    if (at % restEvery === 0) yield;
    const embedding = featuresOf(frame)?.embedding;
    if (embedding === undefined) continue;
    const side = sideOf(embedding);
    sides[side]?.push(frame);
    if (last !== undefined && last.side !== side)
      crossing = Math.max(crossing, similarity(last.embedding, embedding));
    last = { side, embedding };
  }
  return { sides, crossing };
}

function smaller([one, other]: Whole['sides']): readonly FrameId[] {
  const isOneLeaving = one.length - other.length || (other[0] ?? 0) - (one[0] ?? 0);
  return isOneLeaving < 0 ? one : other;
}

/** Frames; each is compared with all that were shown. */
const restEvery = 8;
