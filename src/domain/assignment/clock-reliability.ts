import type { CaptureTime } from '../frame.ts';

/**
 * Learns how reliable capture times are. A clock may say nothing: copies bear the time of the copy, downloads
 * the time of the download, and cameras disagree. Therefore nothing is assumed. For each source of capture
 * times and each span, ClockReliability learns how often two frames within the span show the same scene. Its
 * input are pairs of clearly equal or clearly different scenes.
 */

export type CaptureSource = CaptureTime['origin'];

/** Two frames close in time: their capture source and the time between them. */
export interface TimePair {
  readonly clock: CaptureSource;
  readonly spanMs: number;
}

/** An observed pair, with the probability of a common scene, in [0, 1]. */
export interface TimeObservation extends TimePair {
  readonly share: number;
}

/** Upper ends of the time spans, ms. Frames further apart say nothing about each other. */
const spansMs = [300, 1_000, 3_000, 10_000, 60_000] as const;

export const spanMsMax = 60_000;

/** The prior: the assumed share before any observation, and its weight in observations. */
const prior: Record<CaptureSource, number> = { exif: 0.5, name: 0.5, mtime: 0.05 };
const priorWeight = 4;

/** Upper bound: even the best clock does not notice a cut between scenes. */
const shareMax = 0.9;

/** Observations kept. Older ones are dropped, therefore a clock can become more or less reliable. */
export const observationsMax = 1_024;

export class ClockReliability {
  readonly #observations: { readonly cell: number; readonly share: number }[] = [];
  /** Shares since the last observation: a single decision asks for the same share many times. */
  readonly #shares = new Map<number, number>();
  readonly #clocks: readonly CaptureSource[] = ['exif', 'name', 'mtime'];

  observe({ share, ...pair }: TimeObservation): void {
    this.#shares.clear();
    this.#observations.push({ cell: this.#cellOf(pair), share });
    if (this.#observations.length > observationsMax) this.#observations.shift();
  }

  /**
   * Returns the probability that two frames this close in time show one scene, whatever their content. Each
   * sum starts anew, so that equal observations give equal bits.
   */
  shareOf(pair: TimePair): number {
    const cell = this.#cellOf(pair);
    const share = this.#shares.get(cell) ?? this.#sum(cell, pair.clock);
    this.#shares.set(cell, share);
    return share;
  }

  #sum(cell: number, clock: CaptureSource): number {
    let [sum, count] = [prior[clock] * priorWeight, priorWeight];
    for (const observation of this.#observations) {
      if (observation.cell !== cell) continue;
      sum += observation.share;
      count++;
    }
    return Math.min(shareMax, sum / count);
  }

  #cellOf({ clock, spanMs }: TimePair): number {
    const span = spansMs.findIndex((end) => Math.abs(spanMs) <= end);
    return this.#clocks.indexOf(clock) * (spansMs.length + 1) + (span === -1 ? spansMs.length : span);
  }
}
