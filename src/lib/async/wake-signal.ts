import { type Clock, systemClock } from './clock.ts';
import { Notifier } from './notifier.ts';

/** A notifier with a memory: a wake between two waits ends the next wait at once. */
export class WakeSignal {
  readonly #notifier: Notifier;
  #isPending = false;

  constructor(clock: Clock = systemClock) {
    this.#notifier = new Notifier(clock);
  }

  wake(): void {
    this.#isPending = true;
    this.#notifier.notify();
  }

  /** Resolves after a wake, after `timeoutMs`, or when the signal aborts. Never rejects. */
  async wait(signal: AbortSignal, timeoutMs: number): Promise<void> {
    if (!this.#isPending) await this.#notifier.wait(signal, timeoutMs);
    this.#isPending = false;
  }
}
