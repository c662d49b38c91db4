import type { FrameId } from '../../domain/frame.ts';
import type { PlaceOrder, Placing } from './place-order.ts';
import { type PendingRetry, RetryQueue, type RetryQueueParts, type Task } from './retry-queue.ts';

export interface FileJobParts extends RetryQueueParts {
  readonly placer: Placing;
}

/** A file in its place, ready for the record. */
export interface DoneJob {
  readonly frame: FrameId;
  readonly order: PlaceOrder;
  readonly leavesDraft: boolean;
}

export interface JobAttempt {
  /** Counts attempts by this process from 1. A retry whose scan of the library failed does not count. */
  readonly tries: number;
  /** Counts attempts that may follow an earlier attempt, here or in an earlier run; 0 for a new job. */
  readonly repeats: number;
}

/** A kind of file job: placements, or moves to another group. */
export interface JobKind<Done extends DoneJob> {
  readonly keyOf: (frame: FrameId) => string;
  /** Describes the job of a frame to people. */
  readonly describe: (frame: FrameId) => Promise<string>;
  /** Names the record of several jobs. */
  readonly describeRecord: (done: readonly Done[]) => string;
  /**
   * Puts the file of a frame into its place, from the leftovers of an earlier attempt. Returns undefined if
   * nothing is to be recorded. Throws the system's error if the disk refuses.
   */
  readonly attempt: (frame: FrameId, attempt: JobAttempt) => Promise<Done | undefined>;
  /** Records the places in one transaction. */
  readonly record: (done: readonly Done[]) => Promise<void>;
  /** Runs before each retry. Throws if the library cannot be scanned. */
  readonly beforeRetry: () => Promise<void>;
}

/**
 * Runs file jobs of one kind. The store is the queue: a job stays in the store until its record.
 *
 *     attempt each ──► sync the folders ──► record, in one transaction ──► clear drafts
 *        │ refused                              │ refused
 *        └────────────► deferred ◄──────────────┘   (RetryQueue: tried again later, alone)
 *
 * A kill at any point leaves a job to repeat: the inode tells our own files (see Placer).
 */
export class FileJobs<Done extends DoneJob> {
  readonly #placer: Placing;
  readonly #kind: JobKind<Done>;
  readonly #retryQueue: RetryQueue;

  constructor(parts: FileJobParts, kind: JobKind<Done>) {
    this.#placer = parts.placer;
    this.#kind = kind;
    this.#retryQueue = new RetryQueue(parts, kind.beforeRetry);
  }

  pendingRetries(): PendingRetry[] {
    return this.#retryQueue.pendingRetries();
  }

  isDeferred(frame: FrameId): boolean {
    return this.#retryQueue.isDeferred(this.#kind.keyOf(frame));
  }

  /**
   * Attempts the jobs, then records all successes together. `isFromBefore`: an earlier run may have begun the
   * jobs. Returns when all jobs are recorded or deferred, or when the signal aborted.
   */
  async run(frames: readonly FrameId[], isFromBefore = false): Promise<void> {
    const done: Done[] = [];
    for (const frame of frames) {
      const work = async (tries: number) =>
        void done.push(...(await this.#attempted(frame, tries, isFromBefore)));
      await this.#retryQueue.attempt(await this.#taskOf(frame, isFromBefore), work);
    }
    if (done.length === 0) return;
    const key = `record of ${done.map(({ frame }) => this.#kind.keyOf(frame)).join(', ')}`;
    const retry = () => this.#record(done);
    await this.#retryQueue.attempt({ key, what: this.#kind.describeRecord(done), retry });
  }

  /** Attempts and records a job that an earlier run may have begun. */
  async resume(frame: FrameId): Promise<void> {
    await this.#retryQueue.attempt(await this.#taskOf(frame, true));
  }

  /** Runs another task with the same retries. */
  attempt(task: Task): Promise<void> {
    return this.#retryQueue.attempt(task);
  }

  /** Retries due jobs. Call periodically. */
  retryDue(): Promise<void> {
    return this.#retryQueue.retryDue();
  }

  /** Retries all deferred jobs until success or the last try. */
  finish(): Promise<void> {
    return this.#retryQueue.finish();
  }

  async #taskOf(frame: FrameId, isFromBefore: boolean): Promise<Task> {
    const retry = async (tries: number) => this.#record(await this.#attempted(frame, tries, isFromBefore));
    return { key: this.#kind.keyOf(frame), what: await this.#kind.describe(frame), retry };
  }

  async #attempted(frame: FrameId, tries: number, isFromBefore: boolean): Promise<readonly Done[]> {
    const repeats = isFromBefore ? tries : tries - 1;
    const done = await this.#kind.attempt(frame, { tries, repeats });
    return done === undefined ? [] : [done];
  }

  /** Makes the new names durable, then records the places. */
  async #record(done: readonly Done[]): Promise<void> {
    if (done.length === 0) return;
    await this.#placer.sync(done.map(({ order }) => order));
    await this.#kind.record(done);
    for (const { order, leavesDraft } of done) if (leavesDraft) await this.#placer.clear(order);
  }
}
