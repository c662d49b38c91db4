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
const [priorWeight, prior] = [8, 0.6];

/** Lower bound of the odds: a very similar picture joins, however seldom scenes come back. */
const natsMax = 4;

/**
 * Learns how often a scene comes back: the share of known scenes among frames without a related frame nearby
 * in time. If capture times explain most groups, the remaining frames mostly show new scenes, and must be
 * more similar to join. If capture times say nothing, neither does the revisit rate. It is the share of a
 * mixture, as in ClockReliability.
 */
export class RevisitRate {
  readonly #observations: (RevisitObservation & { readonly clock: CaptureSource })[] = [];
  /** Odds since the last observation: a single decision asks for the same odds many times. */
  readonly #odds = new Map<CaptureSource, number>();

  observe(clock: CaptureSource, { near, known }: RevisitObservation): void {
    this.#odds.clear();
    this.#observations.push({ clock, near, known });
    if (this.#observations.length > observationsMax) this.#observations.shift();
  }

  /**
   * Returns how much less likely a scene from elsewhere is, in nats, zero or below, relative to unknown
   * capture times. Each sum starts anew, so that equal observations give equal bits.
   */
  oddsOf(clock: CaptureSource): number {
    const odds = this.#odds.get(clock) ?? this.#sum(clock);
    this.#odds.set(clock, odds);
    return odds;
  }

  #sum(clock: CaptureSource): number {
    let [apart, back, all, known] = [priorWeight, prior * priorWeight, priorWeight, prior * priorWeight];
    for (const observation of this.#observations) {
      if (observation.clock !== clock) continue;
      const away = 1 - observation.near;
      apart += away;
      back += away * observation.known;
      all++;
      known += observation.near + away * observation.known;
    }
    return Math.min(0, Math.max(-natsMax, logit(back / apart) - logit(known / all)));
  }
}
