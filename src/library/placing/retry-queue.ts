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
  /** Tries after which a refusing disk is given up. */
  readonly triesMax: number;
}

/** Work that could not be done yet. */
export interface PendingRetry {
  readonly what: string;
  readonly message: string;
  readonly tries: number;
}

export interface Task {
  /** Of two tasks with one key, only one is put off. */
  readonly key: string;
  /** For people. */
  readonly what: string;
  /** Does it, from whatever an earlier try left. */
  readonly retry: () => Promise<void>;
}

interface DeferredTask extends Task, PendingRetry {
  /** Infinity after the last try, and while its first caller waits to try it again itself. */
  readonly dueMs: number;
}

/** When so many are put off, each that follows asks whether the library takes any file at all. */
const fewStuck = 64;

/** Tried again together, with one look before them: then whatever comes has its turn. */
const retriedTogether = 32;

/** These concern the whole library, not one file: nothing else would fare better. */
const everywhere = new Set(['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE', 'ESTALE', 'ENODEV']);

/** Tries again what the system refuses. */
export class RetryQueue {
  readonly #parts: RetryQueueParts;
  readonly #beforeAgain: () => Promise<void>;
  readonly #pendingRetries = new Map<string, DeferredTask>();
  #retrying: Promise<void> | undefined;

  /** `beforeAgain` comes before a try that is not the first; when it fails, the try has failed. */
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
   * Does `task` by `work`, at first. What concerns one file is put off, and tried again from then on, however many there are; what concerns
   * the whole disk is tried until it succeeds, since all that follows would fail in the same way. After the last try the one
   * file waits for the next run, and the disk's refusal is thrown.
   */
  attempt(task: Task, work: (isAgain: boolean) => Promise<void> = task.retry): Promise<void> {
    return this.#attempt(task, work, this.#beforeAgain);
  }

  async #attempt(
    { key, what, retry }: Task,
    work: (isAgain: boolean) => Promise<void>,
    before: () => Promise<void>,
  ): Promise<void> {
    const { clock, signal, events, triesMax } = this.#parts;
    let consolidateAll = before;
    for (let tries = (this.#pendingRetries.get(key)?.tries ?? 0) + 1; ; tries++) {
      try {
        if (tries > 1) await consolidateAll();
        await work(tries > 1);
        this.#pendingRetries.delete(key);
        return;
      } catch (error) {
        const isLast = tries >= triesMax;
        const isOfOneFile = await this.#isOfOneFile(error);
        if (!isOfSystem(error) || (isLast && !isOfOneFile)) throw error;
        const waitMs = isLast ? Number.POSITIVE_INFINITY : backoffMs(tries);
        const message = messageOf(error);
        const dueMs = isOfOneFile ? clock.passed() + waitMs : Number.POSITIVE_INFINITY;
        this.#pendingRetries.set(key, { key, what, message, tries, retry, dueMs });
        events.emit('retry.pending', { what, tries, error, retryMs: waitMs });
        if (isOfOneFile) return;
        await pause(clock, waitMs, signal);
        if (signal.aborted) return;
        consolidateAll = this.#beforeAgain;
      }
    }
  }

  /** A folder can be read-only by itself, as a mount of its own, while the library's disk takes files. */
  async #isOfOneFile(error: unknown): Promise<boolean> {
    if (error instanceof OneFileError) return true;
    const code = codeOf(error) ?? '';
    if (error instanceof TransientError || everywhere.has(code)) return false;
    if (code !== 'EROFS' && this.#pendingRetries.size < fewStuck) return true;
    return takesFiles(this.#parts.library, this.#parts.files);
  }

  /** Tries again what is due, the longest due first; call it now and then. */
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

  /** Tries again what is put off until it is done, or the last try is over. For runs that end. */
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

/** `act` until it has succeeded once. */
function oncePassed(act: () => Promise<void>): () => Promise<void> {
  let hasPassed = false;
  return async () => {
    if (hasPassed) return;
    await act();
    hasPassed = true;
  };
}
