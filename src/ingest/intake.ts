import { backoffMs } from '../lib/async/backoff.ts';
import type { Clock } from '../lib/async/clock.ts';
import { Bell } from '../lib/async/notifier.ts';
import { codeOf, isTransient, messageOf } from '../lib/errors.ts';
import type { FileFacts, Files } from '../lib/fs/file-system.ts';
import { type Moment, type Seen, settleVerdict } from './settle.ts';

export interface IntakeOptions {
  /** Milliseconds without a change after which a file written in place is taken. */
  readonly settleMs: number;
  /** Settled files that wait for, or are in, the pipeline. */
  readonly backlogFramesMax: number;
  /** Whether what stands at the path was dealt with before. */
  readonly isKnown: (path: string, identity: string) => boolean;
  /** Told of a path that turned out to be a folder. */
  readonly onFolder: (path: string) => void;
}

export interface SettledFile {
  readonly path: string;
  readonly facts: FileFacts;
  readonly arrivedMs: number;
}

/** Something that can't be taken now and will be tried again. */
export interface Problem {
  readonly path: string;
  readonly message: string;
  readonly tries: number;
  readonly retryAtMs: number;
}

interface Waiting {
  /** By the clock that nobody sets. */
  dueMs: number;
  seen?: Seen;
  problem?: Problem;
}

/** Files that may wait to settle; more are found again by the next scan. */
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
  readonly #files: Files;
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Waiting>();
  readonly #ready: SettledFile[] = [];
  /** Paths that are ready or in the pipeline; true when a hint came meanwhile. */
  readonly #underWay = new Map<string, boolean>();
  readonly #tries = new Map<string, number>();
  readonly #bell: Bell;
  #problems = 0;

  constructor(options: IntakeOptions, files: Files, clock: Clock) {
    this.#options = options;
    this.#files = files;
    this.#clock = clock;
    this.#bell = new Bell(clock);
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
    this.#bell.ring();
    return true;
  }

  /** Resolves when `offer` may succeed again, or the signal aborts. */
  async room(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.#waiting.size - this.#problems >= waitingMax)
      await this.#bell.heard(signal);
  }

  /** Settled files in the order in which they settled, until the signal aborts. */
  async *frames(signal: AbortSignal): AsyncGenerator<SettledFile> {
    while (!signal.aborted) {
      const next = this.#ready.shift();
      if (next !== undefined) yield next;
      else await this.#settleSome(signal);
    }
  }

  /** The path is dealt with. */
  release(path: string): void {
    const wasHinted = this.#underWay.get(path) === true;
    this.#underWay.delete(path);
    this.#tries.delete(path);
    if (wasHinted) this.offer(path);
    this.#bell.ring();
  }

  /** The path can't be dealt with now: it is tried again, later each time. */
  postpone(path: string, error: unknown, tries: number): void {
    this.#underWay.delete(path);
    this.#putOff(path, error, tries);
    this.#bell.ring();
  }

  /** How often the path was postponed in a row. */
  triesOf(path: string): number {
    return this.#tries.get(path) ?? 0;
  }

  /** Resolves when all that was offered is dealt with or has a problem, or the signal aborts. */
  async quiet(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && (this.#waiting.size > this.#problems || this.#underWay.size > 0)) {
      await this.#bell.heard(signal);
    }
  }

  get backlog(): { readonly waiting: number; readonly underWay: number } {
    return { waiting: this.#waiting.size - this.#problems, underWay: this.#underWay.size };
  }

  *problems(): Iterable<Problem> {
    for (const { problem } of this.#waiting.values()) if (problem !== undefined) yield problem;
  }

  /**
   * Examines what is due, in the order of the offers; sleeps when nothing is. All are judged by the moment in which the
   * round began: a file does not overtake those offered before it because it was looked at a little later.
   */
  async #settleSome(signal: AbortSignal): Promise<void> {
    const moment = { nowMs: this.#clock.now(), passedMs: this.#clock.passed() };
    for (const [path, entry] of this.#waiting) {
      if (signal.aborted || this.#isFull) break;
      if (entry.dueMs <= moment.passedMs) await this.#examine(path, entry, moment);
    }
    if (this.#ready.length === 0 && !signal.aborted) await this.#sleep(signal);
  }

  /** Until something is due and has room, or a bell says that things have changed. */
  #sleep(signal: AbortSignal): Promise<void> {
    if (this.#isFull || this.#waiting.size === 0) return this.#bell.heard(signal);
    let dueMs = Number.POSITIVE_INFINITY;
    for (const entry of this.#waiting.values()) dueMs = Math.min(dueMs, entry.dueMs);
    return this.#bell.heard(signal, Math.max(0, dueMs - this.#clock.passed()));
  }

  get #isFull(): boolean {
    return this.#underWay.size >= this.#options.backlogFramesMax;
  }

  async #examine(path: string, entry: Waiting, moment: Moment): Promise<void> {
    try {
      this.#judge(path, entry, await this.#files.look(path), moment);
    } catch (error) {
      if (!isTransient(error)) return this.#drop(path); // gone, or nothing that could ever be looked at
      this.#drop(path);
      this.#putOff(path, error, this.triesOf(path) + 1);
    }
  }

  #judge(path: string, entry: Waiting, facts: FileFacts, moment: Moment): void {
    if (facts.kind === 'folder') this.#options.onFolder(path);
    if (facts.kind !== 'file' || this.#options.isKnown(path, facts.identity)) return this.#drop(path);
    const verdict = settleVerdict(facts, entry.seen, moment, this.#options.settleMs);
    if (verdict.settled) return this.#makeReady(path, facts);
    if (entry.seen?.identity !== facts.identity)
      entry.seen = { identity: facts.identity, sinceMs: this.#clock.passed() };
    entry.dueMs = moment.passedMs + verdict.againInMs;
  }

  #makeReady(path: string, facts: FileFacts): void {
    this.#remove(path);
    this.#underWay.set(path, false);
    this.#ready.push({ path, facts, arrivedMs: this.#clock.now() });
  }

  #drop(path: string): void {
    this.#remove(path);
    this.#tries.delete(path);
    this.#bell.ring();
  }

  #remove(path: string): void {
    if (this.#waiting.get(path)?.problem !== undefined) this.#problems--;
    this.#waiting.delete(path);
  }

  #putOff(path: string, error: unknown, tries: number): void {
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
