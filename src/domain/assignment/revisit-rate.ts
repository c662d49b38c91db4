import { type CaptureSource, observationsMax } from './clock-reliability.ts';
import { logit } from './odds.ts';

/**
 * An observation from one frame: the probabilities that its scene is nearby in time, and known by similarity.
 */
export interface RevisitObservation {
  readonly near: number;
  readonly known: number;
}

/** The prior: its weight in frames, and the assumed share of known scenes. */
const [beforeCounts, before] = [8, 0.6];

/** Lower bound of the odds: a very similar picture joins, however seldom scenes come back. */
const natsMax = 4;

/**
 * Learns how often a scene comes back: the share of known scenes among frames without a related frame nearby
 * in time. If capture times explain most groups, the remaining frames mostly show new scenes, and must be
 * more similar to join. If capture times say nothing, neither does the revisit rate. It is the share of a
 * mixture, as in ClockReliability.
 */
export class RevisitRate {
  readonly #lessons: (RevisitObservation & { readonly clock: CaptureSource })[] = [];
  /** Odds since the last observation: a single decision asks for the same odds many times. */
  readonly #summed = new Map<CaptureSource, number>();

  learn(clock: CaptureSource, { near, known }: RevisitObservation): void {
    this.#summed.clear();
    this.#lessons.push({ clock, near, known });
    if (this.#lessons.length > observationsMax) this.#lessons.shift();
  }

  /**
   * Returns how much less likely a scene from elsewhere is, in nats, zero or below, relative to unknown
   * capture times. Each sum starts anew, so that equal observations give equal bits.
   */
  oddsOf(clock: CaptureSource): number {
    const odds = this.#summed.get(clock) ?? this.#sum(clock);
    this.#summed.set(clock, odds);
    return odds;
  }

  #sum(clock: CaptureSource): number {
    let [apart, back, all, known] = [
      beforeCounts,
      before * beforeCounts,
      beforeCounts,
      before * beforeCounts,
    ];
    for (const lesson of this.#lessons) {
      if (lesson.clock !== clock) continue;
      const away = 1 - lesson.near;
      apart += away;
      back += away * lesson.known;
      all++;
      known += lesson.near + away * lesson.known;
    }
    return Math.min(0, Math.max(-natsMax, logit(back / apart) - logit(known / all)));
  }
}
