import { type Clock, systemClock } from './clock.ts';

/** Shared by all wake-ups: creating an error costs more than the wake-up itself. */
const wokenUp = new Error('woken up');

/** Wakes all waiters: "something changed, check again". */
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

  /** Resolves at the next `notify`, after `timeoutMs`, or when the signal aborts. Never rejects. */
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
