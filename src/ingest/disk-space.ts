import { dirname } from 'node:path';
import { backoffMs } from '../lib/async/backoff.ts';
import { type Clock, pause } from '../lib/async/clock.ts';
import { codeOf, TransientError } from '../lib/errors.ts';
import type { FileSystem } from '../lib/fs/file-system.ts';
import type { Logger } from '../lib/logger.ts';

export interface DiskSpaceParts {
  /** The disks of these folders must have space. */
  readonly folders: readonly string[];
  readonly freeBytesMin: number;
  readonly files: FileSystem;
  readonly clock: Clock;
  readonly log: Logger;
  /** Checks before the guard gives up. */
  readonly triesMax: number;
}

export interface Shortage {
  readonly what: string;
  readonly message: string;
  readonly tries: number;
}

/** How long a look counts. */
const looksHoldMs = 1_000;

/** Stops filing while a disk is nearly full: the last bytes belong to the store and to other programs. */
export class DiskSpaceGuard {
  readonly #parts: DiskSpaceParts;
  shortage: Shortage | undefined;
  #foundRoomAtMs = Number.NEGATIVE_INFINITY;

  constructor(parts: DiskSpaceParts) {
    this.#parts = parts;
  }

  /**
   * Resolves when there is space; false if the signal aborts first. Throws TransientError after the last
   * check.
   */
  async wait(signal: AbortSignal): Promise<boolean> {
    const { clock, log, triesMax } = this.#parts;
    if (clock.passed() - this.#foundRoomAtMs < looksHoldMs) return true;
    for (let tries = 1; ; tries++) {
      const findShortage = await this.#findShortage();
      if (findShortage === undefined) break;
      if (tries === 1) log.warn(findShortage, 'the disk is nearly full; waiting for room');
      this.shortage = { ...findShortage, tries };
      if (tries >= triesMax)
        throw new TransientError(`file into ${findShortage.what}: ${findShortage.message}`);
      await pause(clock, backoffMs(Math.min(tries, 4)), signal);
      if (signal.aborted) return false;
    }
    if (this.shortage !== undefined) log.info({ what: this.shortage.what }, 'there is room again; going on');
    this.shortage = undefined;
    this.#foundRoomAtMs = clock.passed();
    return true;
  }

  async #findShortage(): Promise<Omit<Shortage, 'tries'> | undefined> {
    const { folders, freeBytesMin } = this.#parts;
    for (const what of freeBytesMin > 0 ? folders : []) {
      const free = await this.#freeBytes(what);
      const message = `its disk has ${free} bytes free, intake.freeBytesMin wants ${freeBytesMin}`;
      if (free < freeBytesMin) return { what, message };
    }
    return undefined;
  }

  /** Free bytes of the existing or future folder. Unknown values count as free space. */
  async #freeBytes(folder: string): Promise<number> {
    try {
      return (await this.#parts.files.volume(folder)).freeBytes;
    } catch (error) {
      const isNotMadeYet = codeOf(error) === 'ENOENT' && dirname(folder) !== folder;
      return isNotMadeYet ? this.#freeBytes(dirname(folder)) : Number.POSITIVE_INFINITY;
    }
  }
}
