import { type Clock, systemClock } from './clock.ts';

/** One for all: an error of its own for each wake costs more than the waking. */
const wokenUp = new Error('woken up');

/** Wakes whoever waits: "something changed, look again". */
export class Notifier {
  readonly #clock: Clock;
  #waiting: (() => void)[] = [];

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  notify(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** Resolves at the next ring, or after `timeoutMs`, or when the signal aborts; never rejects. */
  wait(signal: AbortSignal | undefined, timeoutMs?: number): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const woken = timeoutMs === undefined ? undefined : new AbortController();
      const wake = () => {
        woken?.abort(wokenUp);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      if (woken !== undefined) this.#clock.sleep(timeoutMs as number, woken.signal).then(wake, () => {});
      signal?.addEventListener('abort', wake, { once: true });
      this.#waiting.push(wake);
    });
  }
}
