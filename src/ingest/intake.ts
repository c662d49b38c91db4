import { backoffMs } from '../lib/async/backoff.ts';
import type { Clock } from '../lib/async/clock.ts';
import { Notifier } from '../lib/async/notifier.ts';
import { codeOf, isTransient, messageOf } from '../lib/errors.ts';
import type { FileStats, FileSystem } from '../lib/fs/file-system.ts';
import { checkSettled, type Instant, type SeenFile } from './settle.ts';

export interface IntakeOptions {
  /** A file written in place is settled after this many milliseconds without a change. */
  readonly settleMs: number;
  /** Maximum number of settled files, waiting or in the pipeline. */
  readonly backlogFramesMax: number;
  /** Returns whether the file at the path was handled before. */
  readonly isKnown: (path: string, identity: string) => Promise<boolean>;
  /** Called for an offered path of a folder. */
  readonly onFolder: (path: string) => void;
}

export interface SettledFile {
  readonly path: string;
  readonly facts: FileStats;
  readonly arrivedMs: number;
}

/** A file with a temporary problem. The intake tries again. */
export interface Problem {
  readonly path: string;
  readonly message: string;
  readonly tries: number;
  readonly retryAtMs: number;
}

interface Waiting {
  /** By the monotonic clock. */
  dueMs: number;
  seen?: SeenFile;
  problem?: Problem;
}

/** Maximum number of settling files; the next scan finds the rest. */
const waitingMax = 8_192;

/**
 * From hints to settled files. A path is in one place at a time:
 *
 *   offered → waiting (to settle, or for another try) → ready → under way → released
 *                ↑___________________ postponed ___________________|
 *
 * A hint for a path under way is kept, and the path looked at again when it is released.
 */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #files: FileSystem;
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Waiting>();
  readonly #ready: SettledFile[] = [];
  /** Paths ready or in the pipeline; true if a hint came meanwhile. */
  readonly #underWay = new Map<string, boolean>();
  readonly #tries = new Map<string, number>();
  readonly #notifier: Notifier;
  #problems = 0;

  constructor(options: IntakeOptions, files: FileSystem, clock: Clock) {
    this.#options = options;
    this.#files = files;
    this.#clock = clock;
    this.#notifier = new Notifier(clock);
  }

  /** Takes a hint; false when there is no room, and the next scan must find the file again. */
  offer(path: string): boolean {
    if (this.#underWay.has(path)) {
      this.#underWay.set(path, true);
      return true;
    }
    if (this.#waiting.has(path)) return true;
    if (this.#waiting.size - this.#problems >= waitingMax) return false;
    this.#waiting.set(path, { dueMs: 0 });
    this.#notifier.notify();
    return true;
  }

  /** Resolves when `offer` may succeed again, or the signal aborts. */
  async whenAccepting(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.#waiting.size - this.#problems >= waitingMax)
      await this.#notifier.wait(signal);
  }

  /** Yields files in the order of settling, until the signal aborts. */
  async *frames(signal: AbortSignal): AsyncGenerator<SettledFile> {
    while (!signal.aborted) {
      const next = this.#ready.shift();
      if (next !== undefined) yield next;
      else await this.#examineDue(signal);
    }
  }

  /** The path is dealt with. */
  release(path: string): void {
    const wasHinted = this.#underWay.get(path) === true;
    this.#underWay.delete(path);
    this.#tries.delete(path);
    if (wasHinted) this.offer(path);
    this.#notifier.notify();
  }

  /** Defers the path. The pause grows with each try. */
  postpone(path: string, error: unknown, tries: number): void {
    this.#underWay.delete(path);
    this.#postponeRetry(path, error, tries);
    this.#notifier.notify();
  }

  /** How often the path was postponed in a row. */
  triesOf(path: string): number {
    return this.#tries.get(path) ?? 0;
  }

  /** Resolves when every offered file is handled or has a problem, or when the signal aborts. */
  async whenIdle(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && (this.#waiting.size > this.#problems || this.#underWay.size > 0)) {
      await this.#notifier.wait(signal);
    }
  }

  get backlog(): { readonly waiting: number; readonly underWay: number } {
    return { waiting: this.#waiting.size - this.#problems, underWay: this.#underWay.size };
  }

  *problems(): Iterable<Problem> {
    for (const { problem } of this.#waiting.values()) if (problem !== undefined) yield problem;
  }

  /**
   * Examines due files in the order of the offers; sleeps if nothing is due. A round uses one moment for all
   * files, so that a later file does not overtake an earlier file.
   */
  async #examineDue(signal: AbortSignal): Promise<void> {
    const moment = { nowMs: this.#clock.now(), passedMs: this.#clock.passed() };
    for (const [path, entry] of this.#waiting) {
      if (signal.aborted || this.#isFull) break;
      if (entry.dueMs <= moment.passedMs) await this.#examine(path, entry, moment);
    }
    if (this.#ready.length === 0 && !signal.aborted) await this.#sleep(signal);
  }

  /** Sleeps until a file is due and has room, or until a wake. */
  #sleep(signal: AbortSignal): Promise<void> {
    if (this.#isFull || this.#waiting.size === 0) return this.#notifier.wait(signal);
    let dueMs = Number.POSITIVE_INFINITY;
    for (const entry of this.#waiting.values()) dueMs = Math.min(dueMs, entry.dueMs);
    return this.#notifier.wait(signal, Math.max(0, dueMs - this.#clock.passed()));
  }

  get #isFull(): boolean {
    return this.#underWay.size >= this.#options.backlogFramesMax;
  }

  async #examine(path: string, entry: Waiting, moment: Instant): Promise<void> {
    try {
      await this.#judge(path, entry, await this.#files.stat(path), moment);
    } catch (error) {
      if (!isTransient(error)) return this.#drop(path); // gone, or no file at all
      this.#drop(path);
      this.#postponeRetry(path, error, this.triesOf(path) + 1);
    }
  }

  async #judge(path: string, entry: Waiting, facts: FileStats, moment: Instant): Promise<void> {
    if (facts.kind === 'folder') this.#options.onFolder(path);
    if (facts.kind !== 'file' || (await this.#options.isKnown(path, facts.identity))) return this.#drop(path);
    const verdict = checkSettled(facts, entry.seen, moment, this.#options.settleMs);
    if (verdict.settled) return this.#makeReady(path, facts);
    if (entry.seen?.identity !== facts.identity)
      entry.seen = { identity: facts.identity, sinceMs: this.#clock.passed() };
    entry.dueMs = moment.passedMs + verdict.againInMs;
  }

  #makeReady(path: string, facts: FileStats): void {
    this.#remove(path);
    this.#underWay.set(path, false);
    this.#ready.push({ path, facts, arrivedMs: this.#clock.now() });
  }

  #drop(path: string): void {
    this.#remove(path);
    this.#tries.delete(path);
    this.#notifier.notify();
  }

  #remove(path: string): void {
    if (this.#waiting.get(path)?.problem !== undefined) this.#problems--;
    this.#waiting.delete(path);
  }

  #postponeRetry(path: string, error: unknown, tries: number): void {
    const waitMs = backoffMs(tries);
    const message = codeOf(error) === undefined ? messageOf(error) : `${codeOf(error)}: ${messageOf(error)}`;
    this.#tries.set(path, tries);
    this.#problems++;
    this.#waiting.set(path, {
      dueMs: this.#clock.passed() + waitMs,
      problem: { path, message, tries, retryAtMs: this.#clock.now() + waitMs },
    });
  }
}
