import type { CaptureTime } from '../../domain/frame.ts';
import { type Random, seededRandom } from '../../lib/random.ts';

/** The arrival of a picture, by its index in the ground truth. */
export interface PlannedArrival {
  readonly picture: number;
  readonly captured: CaptureTime;
}

/** The facts about a picture for an arrival order. */
export interface OrderedPicture {
  readonly group: string;
  /** Position within its group in the order of capture. */
  readonly sequence: number;
}

/** Returns every picture once, in order of arrival. Equal seeds give equal orders. */
export type ArrivalOrder = (pictures: readonly OrderedPicture[], seed: number) => PlannedArrival[];

/** The orders of arrival, least informative first. */
export const arrivalOrders = { shuffled, film, interleaved } as const satisfies Record<string, ArrivalOrder>;

export type ArrivalOrderName = keyof typeof arrivalOrders;

const secondMs = 1_000;
const startMs = Date.UTC(2024, 4, 1, 8);

/** Random order. All pictures bear the time of a copy, which says nothing. */
function shuffled(pictures: readonly OrderedPicture[], seed: number): PlannedArrival[] {
  const captured = { ms: startMs, origin: 'mtime' } as const;
  return seededRandom(seed)
    .shuffled([...pictures.keys()])
    .map((picture) => ({ picture, captured }));
}

/** A single camera: scenes in shots, cut directly or up to an hour apart; some scenes are revisited. */
function film(pictures: readonly OrderedPicture[], seed: number): PlannedArrival[] {
  const random = seededRandom(seed);
  const takes = planTakes(pictures, groupsOf(pictures), random);
  return lay(
    takes.map((take) => [take]),
    random,
  );
}

/** Two cameras, started together, each with half of the groups. Nothing tells the cameras apart. */
function interleaved(pictures: readonly OrderedPicture[], seed: number): PlannedArrival[] {
  const random = seededRandom(seed);
  const groups = random.shuffled(groupsOf(pictures));
  const half = Math.ceil(groups.length / 2);
  const one = planTakes(pictures, groups.slice(0, half), random);
  const other = planTakes(pictures, groups.slice(half), random);
  const moments = Array.from({ length: Math.max(one.length, other.length) }, (_, at) =>
    [one[at], other[at]].filter((take) => take !== undefined),
  );
  return lay(moments, random);
}

function groupsOf(pictures: readonly OrderedPicture[]): string[] {
  return [...new Set(pictures.map(({ group }) => group))];
}

/** Pictures of one scene in the order of capture, without a break. */
type Shot = readonly number[];

const visitsMax = 3;
const shotPicturesMin = 2;

/**
 * Divides each group into one to three shots. Shuffles all shots, but keeps the shots of a group in the order
 * of capture.
 */
function planShots(pictures: readonly OrderedPicture[], groups: readonly string[], random: Random): Shot[] {
  const shotsOf = new Map(groups.map((group) => [group, cut(membersOf(pictures, group), random)]));
  const turns = random.shuffled(groups.flatMap((group) => shotsOf.get(group)?.map(() => group) ?? []));
  return turns.map((group) => shotsOf.get(group)?.shift() ?? []);
}

function membersOf(pictures: readonly OrderedPicture[], group: string): number[] {
  const members = [...pictures.keys()].filter((at) => pictures[at]?.group === group);
  const sequence = (at: number) => pictures[at]?.sequence ?? 0;
  return members.sort((a, b) => sequence(a) - sequence(b));
}

function cut(members: readonly number[], random: Random): Shot[] {
  const count = Math.min(1 + random.below(visitsMax), Math.floor(members.length / shotPicturesMin) || 1);
  const spare = members.length - count * shotPicturesMin;
  const extra = Array.from({ length: count - 1 }, () => random.below(Math.max(0, spare) + 1));
  const cuts = extra.sort((a, b) => a - b).map((more, at) => more + (at + 1) * shotPicturesMin);
  return [0, ...cuts].map((from, at) => members.slice(from, cuts[at]));
}

interface Exposure {
  readonly picture: number;
  /** Time since the start of the take. */
  readonly afterMs: number;
}

/** Shots without a pause between them. */
type Take = readonly Exposure[];

const cutsWithoutPause = 0.4;

function planTakes(pictures: readonly OrderedPicture[], groups: readonly string[], random: Random): Take[] {
  const takes: Exposure[][] = [];
  for (const shot of planShots(pictures, groups, random)) {
    const last = takes.at(-1);
    if (last !== undefined && random.next() < cutsWithoutPause) expose(last, shot, random);
    else takes.push(expose([], shot, random));
  }
  return takes;
}

/** Adds a shot to a take at its own pace: 0.2 to 5 s between pictures. */
function expose(take: Exposure[], shot: Shot, random: Random): Exposure[] {
  const paceMs = 0.2 * secondMs * 20 ** random.next();
  for (const picture of shot) {
    const last = take.at(-1);
    const afterMs = last === undefined ? 0 : last.afterMs + Math.round(paceMs * random.between(1, 1.25));
    take.push({ picture, afterMs });
  }
  return take;
}

const cameraDelayMaxMs = 5 * secondMs;
const hourSeconds = 3_600;

/**
 * Lays out the takes in time. Parallel takes begin within seconds of each other. Between moments a second to
 * an hour passes. Merges the pictures by time.
 */
function lay(moments: readonly (readonly Take[])[], random: Random): PlannedArrival[] {
  const arrivals: PlannedArrival[] = [];
  let nowMs = startMs;
  for (const takes of moments) {
    const exposures = takes.flatMap((take, camera) => {
      const beginsMs = nowMs + (camera === 0 ? 0 : random.below(cameraDelayMaxMs));
      return take.map(({ picture, afterMs }) => ({ picture, ms: beginsMs + afterMs }));
    });
    exposures.sort((a, b) => a.ms - b.ms);
    arrivals.push(
      ...exposures.map(({ picture, ms }) => ({ picture, captured: { ms, origin: 'exif' as const } })),
    );
    nowMs = (exposures.at(-1)?.ms ?? nowMs) + Math.round(secondMs * hourSeconds ** random.next());
  }
  return arrivals;
}
