import type { CaptureTime } from '../frame.ts';

/**
 * How far capture times can be believed. A clock may say nothing: copies bear the time of the copy, downloads that of
 * the download, cameras disagree. So nothing is assumed: for each kind of clock and each span it is learned, from
 * pictures that are plainly of one scene or plainly not, how often two frames so close in time are of one scene.
 */

export type CaptureSource = CaptureTime['origin'];

/** Two frames close in time: what is learned from them, and believed of them. */
export interface TimePair {
  readonly clock: CaptureSource;
  readonly spanMs: number;
}

/** A pair that was seen, and how probably the two are of one scene, in [0, 1]. */
export interface TimeObservation extends TimePair {
  readonly share: number;
}

/** Upper ends of the spans that are told apart, ms. Frames further apart say nothing about each other. */
const spansMs = [300, 1_000, 3_000, 10_000, 60_000] as const;

export const spanMsMax = 60_000;

/** What is believed before anything was seen, and how many sightings that counts for. */
const before: Record<CaptureSource, number> = { exif: 0.5, name: 0.5, mtime: 0.05 };
const beforeCounts = 4;

/** Even the best clock knows nothing of a cut. */
const shareMax = 0.9;

/** Lessons remembered; older ones are forgotten, so that a clock can lose and gain trust. */
export const observationsMax = 1_024;

export class ClockReliability {
  readonly #lessons: { readonly cell: number; readonly share: number }[] = [];
  /** Shares since the last lesson: one decision asks for the same again and again. */
  readonly #summed = new Map<number, number>();
  readonly #clocks: readonly CaptureSource[] = ['exif', 'name', 'mtime'];

  learn({ share, ...pair }: TimeObservation): void {
    this.#summed.clear();
    this.#lessons.push({ cell: this.#cellOf(pair), share });
    if (this.#lessons.length > observationsMax) this.#lessons.shift();
  }

  /** How probably two frames so close in time are of one scene, whatever they show. Summed anew, so that the same lessons give the same bits. */
  shareOf(pair: TimePair): number {
    const cell = this.#cellOf(pair);
    const share = this.#summed.get(cell) ?? this.#sum(cell, pair.clock);
    this.#summed.set(cell, share);
    return share;
  }

  #sum(cell: number, clock: CaptureSource): number {
    let [sum, count] = [before[clock] * beforeCounts, beforeCounts];
    for (const lesson of this.#lessons) {
      if (lesson.cell !== cell) continue;
      sum += lesson.share;
      count++;
    }
    return Math.min(shareMax, sum / count);
  }

  #cellOf({ clock, spanMs }: TimePair): number {
    const span = spansMs.findIndex((end) => Math.abs(spanMs) <= end);
    return this.#clocks.indexOf(clock) * (spansMs.length + 1) + (span === -1 ? spansMs.length : span);
  }
}
