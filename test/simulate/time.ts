import type { Clock } from '../../src/lib/async/clock.ts';

interface Sleeper {
  readonly untilMs: number;
  readonly wake: () => void;
}

/**
 * Simulated time. Clock settings (`jump`) and elapsed time are separate, as on a real machine: setting the
 * clock back does not prolong a sleep.
 */
export class SimClock implements Clock {
  #setMs: number;
  #passedMs = 0;
  readonly #sleepers = new Set<Sleeper>();

  constructor(nowMs: number) {
    this.#setMs = nowMs;
  }

  now(): number {
    return this.#setMs + this.#passedMs;
  }

  passed(): number {
    return this.#passedMs;
  }

  /** Somebody sets the clock. */
  jump(ms: number): void {
    this.#setMs += ms;
  }

  /** Time until the next wake-up. */
  get nextMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { untilMs } of this.#sleepers) next = Math.min(next, untilMs);
    return next - this.#passedMs;
  }

  pass(ms: number): void {
    this.#passedMs += ms;
    for (const sleeper of this.#sleepers) if (sleeper.untilMs <= this.#passedMs) sleeper.wake();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const stop = () => {
        this.#sleepers.delete(sleeper);
        reject(signal?.reason);
      };
      const wake = () => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener('abort', stop);
        resolve();
      };
      const sleeper = { untilMs: this.#passedMs + ms, wake };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', stop, { once: true });
    });
  }
}
