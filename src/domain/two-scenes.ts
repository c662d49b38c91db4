import type { Cluster } from './arrangement.ts';
import type { FrameId } from './frame.ts';
import { type Halves, inHalves } from './halves.ts';
import { type Likeness, type LikenessParts, likenessOfGroups, spread, usualScore } from './likeness.ts';

/** What should leave a group, and how little it is like what stays. */
export interface Parting {
  /** By id; the smaller part, and of equals the later one. */
  readonly leaving: readonly FrameId[];
  readonly likeness: Likeness;
}

/** So much, in nats, must speak against two parts of a group being one scene: to part them is rash. */
const sureNats = 2;

/**
 * Whether a group is surely two scenes: the two parts into which it falls are less alike than groups that stay apart,
 * whatever the times say. Frames that join one by one, each because it was taken a moment after the last, carry a group
 * from one scene into the next; no single one of them is out of place. Undefined where there is no such doubt.
 */
export function* partingOf(cluster: Cluster, parts: LikenessParts): Generator<void, Parting | undefined> {
  const { sightOf, limits } = parts;
  const shown = spread(cluster.members).filter((frame) => sightOf(frame) !== undefined);
  const halves = inHalves(shown.flatMap((frame) => sightOf(frame)?.embedding ?? []));
  if (halves === undefined) return undefined;
  const half = (side: number) => ({
    ...cluster,
    members: shown.filter((_, at) => halves.sides[at] === side),
  });
  const [one, other] = [half(0), half(1)];
  const doubt = sureNats / limits.pairs.slope;
  if ((usualScore(one, other, parts) ?? 1) >= limits.join + doubt) return undefined;
  const likeness = yield* likenessOfGroups(one, other, parts);
  if (likeness === undefined || likeness.score - likeness.lift >= limits.join - doubt) return undefined;
  const leaving = yield* smaller(cluster.members, halves, parts);
  return leaving.length < leastLeaving ? undefined : { leaving, likeness };
}

/** Rests now and then: of the largest groups, every member is looked at. */
function* smaller(
  members: readonly FrameId[],
  { sideOf }: Halves,
  { sightOf }: LikenessParts,
): Generator<void, readonly FrameId[]> {
  const sides: [FrameId[], FrameId[]] = [[], []];
  for (const [at, frame] of members.entries()) {
    const sight = sightOf(frame);
    if (sight !== undefined) sides[sideOf(sight.embedding)]?.push(frame);
    if (at % restEvery === 0) yield;
  }
  const [one, other] = sides;
  const isOneLeaving = one.length - other.length || (other[0] ?? 0) - (one[0] ?? 0);
  return isOneLeaving < 0 ? one : other;
}

const restEvery = 256;

/** One frame alone is looked at for itself. */
const leastLeaving = 2;
