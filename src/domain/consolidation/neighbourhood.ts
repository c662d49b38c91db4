import type { Member } from '../assignment/assign.ts';
import { crowdingAmong, usualOf } from '../assignment/crowding.ts';
import type { FrameId } from '../frame.ts';

/** Up to `count` frames, most similar first, never the frame itself. */
export type NearCluster = (frame: FrameId, count: number) => readonly Member[];

/** The one of so many frames of elsewhere that tells how crowded it is around a frame. */
const place = 12;

/** Frames that are looked at: as a rule, and where most of them are of the same groups. */
const countsOfNear = [64, 256] as const;

/** Around so many of all frames it is less crowded than is thought possible; where it changes anything, tried in decision 24. */
const leastShare = 0.05;

export interface UsualCrowding {
  readonly mean: number;
  /** Hardly any frame has less. */
  readonly least: number;
}

/**
 * What is around frames, whatever group they are in. Where much is alike (a street, a room full of screens), being alike
 * says less; where nothing else is, more. How much a frame resembles what is elsewhere tells which of the two it is: the
 * similarity of the twelfth nearest frame of other groups. Taking that away from similarities is what local scaling is in
 * spectral clustering (Zelnik-Manor, Perona 2004), and in the search for neighbours (CSLS; Conneau et al. 2018).
 */
export class Neighbourhood {
  readonly #near: NearCluster;
  readonly #clusterOf: (frame: FrameId) => number | undefined;
  readonly #known = new Map<FrameId, readonly Member[]>();

  constructor(near: NearCluster, clusterOf: (frame: FrameId) => number | undefined) {
    this.#near = near;
    this.#clusterOf = clusterOf;
  }

  of(frame: FrameId): readonly Member[] {
    const known = this.#known.get(frame);
    if (known !== undefined) return known;
    const found = this.#near(frame, countsOfNear[0]);
    this.#known.set(frame, found);
    return found;
  }

  /** Similarity to the twelfth nearest frame that is of none of the two; undefined where there are none. */
  crowding(frame: FrameId, own: number | undefined, other?: number): number | undefined {
    let found = this.#elsewhere(frame, own, other);
    if (found.count < place && this.of(frame).length === countsOfNear[0]) {
      this.#known.set(frame, this.#near(frame, countsOfNear[1]));
      found = this.#elsewhere(frame, own, other);
    }
    return found.similarity;
  }

  /** The twelfth, or the last before that. */
  #elsewhere(frame: FrameId, own: number | undefined, other: number | undefined) {
    let [count, similarity]: [number, number | undefined] = [0, undefined];
    for (const member of this.of(frame)) {
      const cluster = this.#clusterOf(member.frame);
      if (cluster === undefined || cluster === own || cluster === other) continue;
      [count, similarity] = [count + 1, member.similarity];
      if (count === place) break;
    }
    return { count, similarity };
  }

  /** Of some frames, each in its own group; the same bits in whichever order they come. Rests after each. */
  *usualCrowding(frames: readonly FrameId[]): Generator<undefined, UsualCrowding> {
    const levels: number[] = [];
    for (const frame of frames.toSorted((a, b) => a - b)) {
      const level = this.crowding(frame, this.#clusterOf(frame));
      if (level !== undefined) levels.push(level);
      yield;
    }
    const mean = levels.reduce((sum, level) => sum + level, 0) / Math.max(1, levels.length);
    const sorted = levels.toSorted((a, b) => a - b);
    return { mean, least: sorted[Math.floor(leastShare * sorted.length)] ?? mean };
  }

  /** How crowded it usually is around some frames, as it is measured when frames arrive. */
  usualAmongGroups(frames: readonly FrameId[]): number | undefined {
    return usualOf(
      frames.map((frame) =>
        crowdingAmong(
          this.of(frame).flatMap((member) => {
            const group = this.#clusterOf(member.frame);
            return group === undefined ? [] : [{ group, similarity: member.similarity }];
          }),
        ),
      ),
    );
  }
}
