import { backoffMs } from '../../lib/async/backoff.ts';
import { type Clock, pause } from '../../lib/async/clock.ts';
import { codeOf, isOfSystem, messageOf, OneFileError, TransientError } from '../../lib/errors.ts';
import type { FileSystem } from '../../lib/fs/file-system.ts';
import type { EventSink } from '../../monitoring/events.ts';
import { takesFiles } from '../library-folder.ts';

export interface RetryQueueParts {
  readonly files: FileSystem;
  readonly library: string;
  readonly clock: Clock;
  readonly events: EventSink;
  readonly signal: AbortSignal;
  /** Attempts on a refusing disk. */
  readonly triesMax: number;
}

/** Deferred work. */
export interface PendingRetry {
  readonly what: string;
  readonly message: string;
  readonly tries: number;
}

export interface Task {
  /** Of two tasks with one key, only the later is deferred. */
  readonly key: string;
  /** For people. */
  readonly what: string;
  /**
   * Does the task, from the leftovers of an earlier run of the task. `runs` counts from 1. A try whose scan
   * failed is no run.
   */
  readonly retry: (runs: number) => Promise<void>;
}

interface DeferredTask extends Task, PendingRetry {
  /** Tries that ran the task: the scan before them succeeded. */
  readonly runs: number;
  /** Infinity after the last try, and while the first caller waits. */
  readonly dueMs: number;
}

/** From this many deferred tasks on, each failure checks whether the library takes any file. */
const fewStuck = 64;

/** Retried together, with one scan before the retries. Then other work has a turn. */
const retriedTogether = 32;

/** Errors of the whole library, not of a single file: no other file would succeed. */
const everywhere = new Set(['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE', 'ESTALE', 'ENODEV']);

/** Retries work that the system refused. */
export class RetryQueue {
  readonly #parts: RetryQueueParts;
  readonly #beforeAgain: () => Promise<void>;
  readonly #pendingRetries = new Map<string, DeferredTask>();
  #retrying: Promise<void> | undefined;

  /** `beforeAgain` runs before each retry. If `beforeAgain` fails, the retry has failed. */
  constructor(parts: RetryQueueParts, beforeAgain: () => Promise<void>) {
    this.#parts = parts;
    this.#beforeAgain = beforeAgain;
  }

  pendingRetries(): PendingRetry[] {
    return Array.from(this.#pendingRetries.values());
  }

  isDeferred(key: string): boolean {
    return this.#pendingRetries.has(key);
  }

  /**
   * Runs `work` at the first try, and `task.retry` later. A failure of a single file defers the task. A
   * failure of the whole disk repeats the task at once, because all later tasks would fail. After the last
   * try a single file waits for the next run, and a disk's refusal is thrown.
   */
  attempt(task: Task, work: (runs: number) => Promise<void> = task.retry): Promise<void> {
    return this.#attempt(task, work, this.#beforeAgain);
  }

  async #attempt(
    { key, what, retry }: Task,
    work: (runs: number) => Promise<void>,
    before: () => Promise<void>,
  ): Promise<void> {
    const { clock, signal, events, triesMax } = this.#parts;
    let beforeRetry = before;
    let runs = this.#pendingRetries.get(key)?.runs ?? 0;
    for (let tries = (this.#pendingRetries.get(key)?.tries ?? 0) + 1; ; tries++) {
      try {
        if (tries > 1) await beforeRetry();
        runs++;
        await work(runs);
        this.#pendingRetries.delete(key);
        return;
      } catch (error) {
        const isLast = tries >= triesMax;
        const isOfOneFile = await this.#isOfOneFile(error);
        if (!isOfSystem(error) || (isLast && !isOfOneFile)) throw error;
        const waitMs = isLast ? Number.POSITIVE_INFINITY : backoffMs(tries);
        const message = messageOf(error);
        const dueMs = isOfOneFile ? clock.passed() + waitMs : Number.POSITIVE_INFINITY;
        this.#pendingRetries.set(key, { key, what, message, tries, runs, retry, dueMs });
        events.emit('retry.pending', { what, tries, error, retryMs: waitMs });
        if (isOfOneFile) return;
        await pause(clock, waitMs, signal);
        if (signal.aborted) return;
        beforeRetry = this.#beforeAgain;
      }
    }
  }

  /** A folder can be read-only by itself, as a mount, while the library's disk takes files. */
  async #isOfOneFile(error: unknown): Promise<boolean> {
    if (error instanceof OneFileError) return true;
    const code = codeOf(error) ?? '';
    if (error instanceof TransientError || everywhere.has(code)) return false;
    if (code !== 'EROFS' && this.#pendingRetries.size < fewStuck) return true;
    return takesFiles(this.#parts.library, this.#parts.files);
  }

  /** Retries due tasks, the longest due first. Call periodically. */
  retryDue(): Promise<void> {
    this.#retrying ??= this.#retryDue().finally(() => {
      this.#retrying = undefined;
    });
    return this.#retrying;
  }

  async #retryDue(): Promise<void> {
    const { clock, signal } = this.#parts;
    const nowMs = clock.passed();
    const due = Array.from(this.#pendingRetries.values()).filter(({ dueMs }) => dueMs <= nowMs);
    const turn = due.sort((one, other) => one.dueMs - other.dueMs).slice(0, retriedTogether);
    const before = oncePassed(this.#beforeAgain);
    for (const task of turn) if (!signal.aborted) await this.#attempt(task, task.retry, before);
  }

  /** Retries all deferred tasks until success or the last try. For runs with an end. */
  async finish(): Promise<void> {
    const { clock, signal } = this.#parts;
    while (!signal.aborted) {
      let dueMs = Number.POSITIVE_INFINITY;
      for (const one of this.#pendingRetries.values()) dueMs = Math.min(dueMs, one.dueMs);
      if (dueMs === Number.POSITIVE_INFINITY) return;
      await pause(clock, Math.max(0, dueMs - clock.passed()), signal);
      await this.retryDue();
    }
  }
}

/** Runs `act` until the first success. */
function oncePassed(act: () => Promise<void>): () => Promise<void> {
  let hasPassed = false;
  return async () => {
    if (hasPassed) return;
    await act();
    hasPassed = true;
  };
}
