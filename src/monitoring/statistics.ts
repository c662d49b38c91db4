import type { Clock } from '../lib/async/clock.ts';
import { messageOf } from '../lib/errors.ts';
import type { Decision } from '../storage/store.ts';

const troublesMax = 20;
const rateWindowMs = 60_000;

export interface RecentError {
  readonly atMs: number;
  readonly where: string;
  readonly message: string;
}

export interface Totals {
  readonly frames: number;
  readonly joined: number;
  readonly founded: number;
  /** Put into a group's folder by a person. */
  readonly adopted: number;
  /** Carried out at the start: planned by an earlier run. */
  readonly resumed: number;
  readonly quarantined: number;
  readonly skipped: number;
}

/** What happened since this process started. */
export class Statistics {
  readonly #clock: Clock;
  readonly #totals = { frames: 0, joined: 0, founded: 0, adopted: 0, resumed: 0, quarantined: 0, skipped: 0 };
  readonly #troubles: RecentError[] = [];
  readonly #filedAtMs: number[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get totals(): Totals {
    return { ...this.#totals };
  }

  get troubles(): readonly RecentError[] {
    return this.#troubles;
  }

  /** Frames filed within the last minute. */
  get framesPerMinute(): number {
    const sinceMs = this.#clock.now() - rateWindowMs;
    while ((this.#filedAtMs[0] ?? Number.POSITIVE_INFINITY) < sinceMs) this.#filedAtMs.shift();
    return this.#filedAtMs.length;
  }

  count(decision: Decision): void {
    if (decision.kind === 'quarantine') this.#totals.quarantined++;
    else if (decision.kind === 'skip') this.#totals.skipped++;
    else if (decision.placement.state === 'placed') this.#totals.adopted++;
    else {
      this.#totals.frames++;
      this.#totals[decision.founded === undefined ? 'joined' : 'founded']++;
      this.#filedAtMs.push(this.#clock.now());
    }
  }

  resumed(frames: number): void {
    this.#totals.resumed += frames;
  }

  recordError(where: string, error: unknown): void {
    this.#troubles.push({ atMs: this.#clock.now(), where, message: messageOf(error) });
    if (this.#troubles.length > troublesMax) this.#troubles.shift();
  }
}
