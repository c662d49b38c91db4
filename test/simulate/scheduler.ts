import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Random } from '../../src/lib/random.ts';
import type { SimClock } from './time.ts';

interface Call {
  /** The calling process. */
  readonly owner: object;
  readonly run: () => Promise<void>;
}

/** Turns of the event loop, enough for all code to reach its next disk call. */
const turns = 3;

/**
 * Decides the next event. Every disk call waits here until drawn at random, one at a time. Time passes only
 * if no call is waiting. Therefore the seed decides the whole interleaving, and equal seeds play equal
 * stories.
 */
export class Scheduler {
  readonly #calls: Call[] = [];
  readonly #random: Random;
  readonly #clock: SimClock;

  constructor(random: Random, clock: SimClock) {
    this.#random = random;
    this.#clock = clock;
  }

  /** Resolves with the result of `act`, after its turn. */
  enter<T>(owner: object, act: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#calls.push({ owner, run: () => act().then(resolve, reject) });
    });
  }

  /** Drops the calls of a dead process: they never run, and nobody waits for them. */
  drop(owner: object): void {
    const left = this.#calls.filter((call) => call.owner !== owner);
    this.#calls.splice(0, this.#calls.length, ...left);
  }

  /** Runs `count` calls. Time passes if nothing else can run. */
  async steps(count: number): Promise<void> {
    for (let i = 0; i < count; i++) if (!(await this.#step())) this.#passUntil(this.#clock.nextMs);
    await settle();
  }

  /** Runs everything for `ms`, or until `isEnough`. */
  async advance(ms: number, isEnough: () => boolean = () => false): Promise<void> {
    const endMs = this.#clock.passed() + ms;
    for (await settle(); !isEnough(); await settle()) {
      if (await this.#step()) continue;
      const leftMs = endMs - this.#clock.passed();
      if (leftMs <= 0) return;
      this.#clock.pass(Math.max(0, Math.min(leftMs, this.#clock.nextMs)));
    }
  }

  async #step(): Promise<boolean> {
    await settle();
    const [call] = this.#calls.splice(this.#random.below(this.#calls.length), 1);
    await call?.run();
    return call !== undefined;
  }

  #passUntil(ms: number): void {
    if (Number.isFinite(ms)) this.#clock.pass(Math.max(0, ms));
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await nextTurn();
}
