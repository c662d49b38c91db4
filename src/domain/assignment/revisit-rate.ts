import { type CaptureSource, observationsMax } from './clock-reliability.ts';
import { logit } from './odds.ts';

/** What one frame teaches: how probably its scene is one of those nearby in time, and one of those known, by its looks. */
export interface RevisitObservation {
  readonly near: number;
  readonly known: number;
}

/** Frames that what is believed at first counts for, and how often these show a known scene. */
const [beforeCounts, before] = [8, 0.6];

/** However seldom scenes come back, what is plainly the same is believed. */
const natsMax = 4;

/**
 * How often a scene comes back: whether a frame that is not of the scene nearby in time shows one that was seen before.
 * Where times explain what belongs together, what they do not explain is mostly new, and has to be more alike to be
 * believed; where they say nothing, this says nothing either. A share of a mixture, as with the trust in clocks.
 */
export class RevisitRate {
  readonly #lessons: (RevisitObservation & { readonly clock: CaptureSource })[] = [];
  /** Sums since the last lesson: one decision asks for the same again and again. */
  readonly #summed = new Map<CaptureSource, number>();

  learn(clock: CaptureSource, { near, known }: RevisitObservation): void {
    this.#summed.clear();
    this.#lessons.push({ clock, near, known });
    if (this.#lessons.length > observationsMax) this.#lessons.shift();
  }

  /**
   * By how many nats a scene that is not nearby is less likely than where nothing is known of times; zero or below.
   * Summed anew, so that the same lessons give the same bits.
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
