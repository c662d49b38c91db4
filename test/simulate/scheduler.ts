import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Random } from '../../src/lib/random.ts';
import type { SimClock } from './time.ts';

interface Call {
  /** Whose call it is. */
  readonly owner: object;
  readonly run: () => Promise<void>;
}

/** Turns of the event loop after which everything that could go on without the disk has gone on. */
const turns = 3;

/**
 * Decides what happens next: every call to the disk waits here until chance picks it, one at a time, and time passes
 * only when no call waits. So the seed decides the whole interleaving, and the same seed plays the same story.
 */
export class Scheduler {
  readonly #calls: Call[] = [];
  readonly #random: Random;
  readonly #clock: SimClock;

  constructor(random: Random, clock: SimClock) {
    this.#random = random;
    this.#clock = clock;
  }

  /** Resolves with what `act` gives, once its turn has come. */
  enter<T>(owner: object, act: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#calls.push({ owner, run: () => act().then(resolve, reject) });
    });
  }

  /** The calls of a process that died are never made, and nobody waits for them any more. */
  drop(owner: object): void {
    const left = this.#calls.filter((call) => call.owner !== owner);
    this.#calls.splice(0, this.#calls.length, ...left);
  }

  /** Lets `count` calls happen; time passes where nothing else is to do. */
  async steps(count: number): Promise<void> {
    for (let i = 0; i < count; i++) if (!(await this.#step())) this.#passUntil(this.#clock.nextMs);
    await settle();
  }

  /** Lets everything happen that happens within so much time, or until `isEnough`. */
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
