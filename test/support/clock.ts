import type { Clock } from '../../src/lib/async/clock.ts';

/** Simulated time, moved by the test. */
export class FakeClock implements Clock {
  #nowMs: number;
  readonly #sleepers = new Set<{ readonly untilMs: number; readonly wake: () => void }>();

  constructor(nowMs = Date.UTC(2026, 0, 1)) {
    this.#nowMs = nowMs;
  }

  now(): number {
    return this.#nowMs;
  }

  passed(): number {
    return this.#nowMs;
  }

  /** Moves the time on, and wakes expired sleeps. */
  pass(ms: number): void {
    this.#nowMs += ms;
    for (const sleeper of this.#sleepers) if (sleeper.untilMs <= this.#nowMs) sleeper.wake();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const end = (settle: () => void) => {
        this.#sleepers.delete(sleeper);
        settle();
      };
      const sleeper = { untilMs: this.#nowMs + ms, wake: () => end(resolve) };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', () => end(() => reject(signal.reason)), { once: true });
    });
  }
}

/** Sleeps take no time, and are counted. */
export class HastyClock extends FakeClock {
  sleeps = 0;

  override async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.sleeps++;
    this.pass(ms);
  }
}
