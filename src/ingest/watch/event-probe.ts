import { basename, join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../lib/async/clock.ts';
import { Notifier } from '../../lib/async/notifier.ts';
import { codeOf } from '../../lib/errors.ts';
import type { FileSystem } from '../../lib/fs/file-system.ts';

/** Hidden, so never filed as a picture. */
const probeName = '.framesort-probe';
const patienceMs = 2_000;

/** A file made and removed to test whether events arrive. */
export class EventProbe {
  readonly #path: string;
  readonly #files: FileSystem;
  readonly #notifier: Notifier;
  #isHeard = false;

  constructor(folder: string, files: FileSystem, clock: Clock) {
    this.#path = join(folder, probeName);
    this.#files = files;
    this.#notifier = new Notifier(clock);
  }

  /** Takes a hint. Returns false if the hint does not concern a probe. */
  handles(path: string): boolean {
    if (path === this.#path) {
      this.#isHeard = true;
      this.#notifier.notify();
    }
    return basename(path) === probeName;
  }

  /** Returns whether the system reports changes; undefined if no file can be made. */
  async run(signal: AbortSignal): Promise<boolean | undefined> {
    this.#isHeard = false;
    if (!(await this.#touch())) return undefined;
    if (!this.#isHeard) await this.#notifier.wait(signal, patienceMs);
    await nextTurn(); // when we were busy, the time is over before the event was fetched
    return this.#isHeard;
  }

  /** Removes the empty file of a killed probe. Any other file with the name is not ours. */
  async clear(): Promise<boolean> {
    try {
      const { kind, sizeBytes, links } = await this.#files.stat(this.#path);
      if (kind !== 'file' || sizeBytes > 0 || links > 1) return false;
      await this.#files.unlink(this.#path);
      return true;
    } catch {
      return false; // no file, or no removal now
    }
  }

  async #touch(): Promise<boolean> {
    try {
      await this.#files.reserve(this.#path);
    } catch (error) {
      return codeOf(error) === 'EEXIST' && (await this.clear()); // else read-only, full…
    }
    // The next probe finds and removes a leftover.
    await this.#files.unlink(this.#path).catch(() => {});
    return true;
  }
}
