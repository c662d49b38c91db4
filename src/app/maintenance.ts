import type { EmbeddingSpace } from '../domain/embedding.ts';
import { type Clock, pause } from '../lib/async/clock.ts';
import type { PausableLoop } from '../lib/async/pausable-loop.ts';
import { isOfSystem } from '../lib/errors.ts';
import type { FileSystem } from '../lib/fs/file-system.ts';
import type { Logger } from '../lib/logger.ts';
import { ManifestWriter } from '../library/manifests/manifest-writer.ts';
import type { PlacementWorker } from '../library/placing/placement-worker.ts';
import { TempNameCleanup } from '../library/placing/temp-name-cleanup.ts';
import { releaseRequested } from '../library/quarantine/release.ts';
import { Reconciler } from '../library/reconcile/reconciler.ts';
import type { Statistics } from '../monitoring/statistics.ts';
import type { RequestExecutor } from '../operations/requests.ts';
import type { StagedMembership } from '../storage/membership-cache.ts';
import type { Store } from '../storage/store.ts';

export interface MaintenanceParts {
  readonly store: Store;
  readonly membership: StagedMembership;
  readonly files: FileSystem;
  readonly library: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly statistics: Statistics;
  /** The one that decisions use now. */
  readonly space: () => EmbeddingSpace;
  /** Undefined before the work began. */
  readonly placementWorker: () => PlacementWorker | undefined;
  /** Files in the inboxes that the placer took aside; it may have them in work. */
  readonly takeTempFiles: () => readonly string[];
  /** Told of a file that a person put into a group's folder. */
  readonly onUntrackedFile: (path: string) => void;
  /** What commands want; undefined where nothing is changed. */
  readonly requests: RequestExecutor | undefined;
  /** Those in which the daemon decides. */
  readonly turns: PausableLoop;
  /** The wait before the library is looked through again. */
  readonly rescanMs: () => number;
  /** Nothing in the library is changed. */
  readonly isDry: boolean;
}

const retryEveryMs = 1_000;
const listEveryMs = 5_000;
/** A person waits. */
const requestsEveryMs = 500;

/** Keeps store and library in agreement behind the work: what a person did, what could not be done, what is to be told. */
export class Maintenance {
  readonly #parts: MaintenanceParts;
  readonly #reconciler: Reconciler;
  readonly #tempNameCleanup: TempNameCleanup;
  readonly #manifests: ManifestWriter;

  constructor(parts: MaintenanceParts) {
    this.#parts = parts;
    this.#reconciler = new Reconciler(parts);
    this.#tempNameCleanup = new TempNameCleanup(parts);
    this.#manifests = new ManifestWriter(parts);
  }

  /** Does all of it now and then, until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([
      this.#keepLooking(signal),
      this.#keepRetrying(signal),
      this.#keepListing(signal),
      this.#keepRunningRequests(signal),
    ]);
  }

  /** A library that can't be read now is looked at again later; false then. */
  reconcile(): Promise<boolean> {
    return this.attempt('the library could not be looked through', () => this.#reconciler.run());
  }

  async releaseRequested(): Promise<boolean> {
    if (this.#parts.isDry) return true;
    return this.attempt('files could not be brought back from quarantine', () =>
      releaseRequested(this.#parts),
    );
  }

  sweep(): Promise<boolean> {
    return this.attempt('what was left on the way could not be taken away', async () => {
      await this.#parts.placementWorker()?.sweep();
      if (!this.#parts.isDry) await this.#tempNameCleanup.clean(this.#parts.takeTempFiles());
    });
  }

  /** Does what commands want, while nothing is decided: a group keeps its name as long as pictures are on their way into it. */
  async runRequests(): Promise<boolean> {
    const { requests, turns } = this.#parts;
    if (requests === undefined || !requests.hasWaiting) return true;
    return this.attempt('what commands want could not be done', () =>
      turns.whilePaused(() => requests.runWaiting()),
    );
  }

  async list(): Promise<void> {
    if (this.#parts.isDry) return;
    await this.attempt('manifests could not be written', () => this.#manifests.update());
  }

  /** What the disk refuses now is done the next time; false then. */
  async attempt(failed: string, act: () => Promise<unknown>): Promise<boolean> {
    try {
      return (await act()) !== false;
    } catch (error) {
      if (!isOfSystem(error)) throw error;
      this.#parts.log.warn({ err: error }, `${failed}; trying again later`);
      this.#parts.statistics.recordError('library', error);
      return false;
    }
  }

  /** What can't be placed is tried again, whether or not pictures come. */
  async #keepRetrying(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#parts.placementWorker()?.attend();
      await pause(this.#parts.clock, retryEveryMs, signal);
    }
  }

  async #keepRunningRequests(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.runRequests();
      await pause(this.#parts.clock, requestsEveryMs, signal);
    }
  }

  /** What a person did in the library is looked for now and then. */
  async #keepLooking(signal: AbortSignal): Promise<void> {
    const { clock, rescanMs } = this.#parts;
    const firstMs = Math.min(1_000, rescanMs());
    for (let waitMs = firstMs; !signal.aborted; waitMs = rescanMs()) {
      await pause(clock, waitMs, signal);
      if (signal.aborted) return;
      if (await this.reconcile()) await this.sweep();
      await this.releaseRequested();
    }
  }

  /** The library's own account of itself comes after filing. */
  async #keepListing(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await pause(this.#parts.clock, listEveryMs, signal);
      await this.list();
    }
  }
}
