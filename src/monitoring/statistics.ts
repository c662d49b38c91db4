import type { Clock } from '../lib/async/clock.ts';
import { messageOf } from '../lib/errors.ts';
import type { Events, FiledFrame } from './events.ts';

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
  /** Put into a group's folder by a user. */
  readonly adopted: number;
  /** Planned by an earlier run and carried out at the start. */
  readonly resumed: number;
  readonly quarantined: number;
  readonly skipped: number;
}

/** Counts the events since the start of the process. */
export class Statistics {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #totals = { frames: 0, joined: 0, founded: 0, adopted: 0, resumed: 0, quarantined: 0, skipped: 0 };
  readonly #troubles: RecentError[] = [];
  readonly #filedAtMs: number[] = [];

  constructor(events: Events, clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
    const totals = this.#totals;
    events.on('frame.filed', (filed) => this.#countFiled(filed));
    events.on('frame.adopted', () => void totals.adopted++);
    events.on('frame.skipped', () => void totals.skipped++);
    events.on('frame.quarantined', () => void totals.quarantined++);
    events.on('frames.resumed', ({ frames }) => {
      totals.resumed += frames;
    });
    events.on('error', ({ where, error }) => this.#keepError(where, error));
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

  #countFiled({ decision }: FiledFrame): void {
    this.#totals.frames++;
    this.#totals[decision.founded === undefined ? 'joined' : 'founded']++;
    this.#filedAtMs.push(this.#clock.now());
  }

  #keepError(where: string, error: unknown): void {
    this.#troubles.push({ atMs: this.#clock.now(), where, message: messageOf(error) });
    if (this.#troubles.length > troublesMax) this.#troubles.shift();
  }
}
