import type { Clock } from '../../lib/async/clock.ts';
import { Notifier } from '../../lib/async/notifier.ts';

/** Folders to scan soon. The intake and the watcher add folders, the inboxes take them. */
export class FolderHints {
  readonly #folders = new Set<string>();
  readonly #notifier: Notifier;

  constructor(clock: Clock) {
    this.#notifier = new Notifier(clock);
  }

  add(folder: string): void {
    this.#folders.add(folder);
    this.wake();
  }

  /** All folders since the last call. */
  take(): string[] {
    const folders = Array.from(this.#folders);
    this.#folders.clear();
    return folders;
  }

  wake(): void {
    this.#notifier.notify();
  }

  /** Resolves at once if a folder waits, else with the next one, `wake()`, the time-out or the signal. */
  wait(signal: AbortSignal, timeoutMs: number): Promise<void> {
    return this.#folders.size > 0 ? Promise.resolve() : this.#notifier.wait(signal, timeoutMs);
  }
}
