import { type Clock, systemClock } from './clock.ts';

/** Wakes whoever waits: "something changed, look again". */
export class Bell {
  readonly #clock: Clock;
  #waiting: (() => void)[] = [];

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  ring(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** Resolves at the next ring, or after `timeoutMs`, or when the signal aborts; never rejects. */
  heard(signal: AbortSignal | undefined, timeoutMs?: number): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const woken = new AbortController();
      const wake = () => {
        woken.abort();
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      if (timeoutMs !== undefined) this.#clock.sleep(timeoutMs, woken.signal).then(wake, () => {});
      signal?.addEventListener('abort', wake, { once: true });
      this.#waiting.push(wake);
    });
  }
}
