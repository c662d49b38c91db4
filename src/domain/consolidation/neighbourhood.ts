import type { Member } from '../assignment/assign.ts';
import { crowdingAmong, usualOf } from '../assignment/crowding.ts';
import type { FrameId } from '../frame.ts';
import { askNeighbours, type Steps } from './questions.ts';

/** Rank of the neighbour that measures crowding, among neighbours from other groups. */
const crowdingRank = 12;

/** Neighbours to search for: usually, and if most neighbours are of the same groups. */
const searchCounts = [64, 256] as const;

/**
 * Percentile of the sampled crowding that serves as its lower bound when a comparison is cut short (decision
 * 24).
 */
const leastShare = 0.05;

export interface UsualCrowding {
  readonly mean: number;
  /** A low percentile of the crowding. */
  readonly least: number;
}

/**
 * The neighbours of frames, whatever their group. In a crowded region (a street, a room full of screens)
 * similarity says less, in an empty region more. Crowding is the similarity of the twelfth nearest frame of
 * other groups. Subtracting it corresponds to local scaling in spectral clustering (Zelnik-Manor, Perona
 * 2004) and to CSLS in neighbour search (Conneau et al. 2018).
 */
export class Neighbourhood {
  readonly #clusterOf: (frame: FrameId) => number | undefined;
  readonly #known = new Map<FrameId, readonly Member[]>();

  constructor(clusterOf: (frame: FrameId) => number | undefined) {
    this.#clusterOf = clusterOf;
  }

  *of(frame: FrameId): Steps<readonly Member[]> {
    const known = this.#known.get(frame);
    if (known !== undefined) return known;
    const found = yield* askNeighbours(frame, searchCounts[0]);
    this.#known.set(frame, found);
    return found;
  }

  /**
   * Returns the similarity of the twelfth nearest frame outside both groups. Returns undefined if there are
   * none.
   */
  *crowding(frame: FrameId, own: number | undefined, other?: number): Steps<number | undefined> {
    const near = yield* this.of(frame);
    const found = this.#elsewhere(near, own, other);
    if (found.count >= crowdingRank || near.length !== searchCounts[0]) return found.similarity;
    const more = yield* askNeighbours(frame, searchCounts[1]);
    this.#known.set(frame, more);
    return this.#elsewhere(more, own, other).similarity;
  }

  /** Returns the twelfth neighbour from elsewhere, or the last if there are fewer. */
  #elsewhere(near: readonly Member[], own: number | undefined, other: number | undefined) {
    let [count, similarity]: [number, number | undefined] = [0, undefined];
    for (const member of near) {
      const cluster = this.#clusterOf(member.frame);
      if (cluster === undefined || cluster === own || cluster === other) continue;
      [count, similarity] = [count + 1, member.similarity];
      if (count === crowdingRank) break;
    }
    return { count, similarity };
  }

  /**
   * Returns the usual crowding of `frames`, each relative to its own group. Every order gives the same bits.
   * Yields after each frame.
   */
  *usualCrowding(frames: readonly FrameId[]): Steps<UsualCrowding> {
    const levels: number[] = [];
    for (const frame of frames.toSorted((a, b) => a - b)) {
      const level = yield* this.crowding(frame, this.#clusterOf(frame));
      if (level !== undefined) levels.push(level);
      yield;
    }
    const mean = levels.reduce((sum, level) => sum + level, 0) / Math.max(1, levels.length);
    const sorted = levels.toSorted((a, b) => a - b);
    return { mean, least: sorted[Math.floor(leastShare * sorted.length)] ?? mean };
  }

  /** Returns the usual crowding of `frames`, measured as on arrival. */
  *usualAmongGroups(frames: readonly FrameId[]): Steps<number | undefined> {
    const levels: ReturnType<typeof crowdingAmong>[] = [];
    for (const frame of frames) {
      const near = (yield* this.of(frame)).flatMap((member) => {
        const group = this.#clusterOf(member.frame);
        return group === undefined ? [] : [{ group, similarity: member.similarity }];
      });
      levels.push(crowdingAmong(near));
    }
    return usualOf(levels);
  }
}
