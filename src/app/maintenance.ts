import { type Clock, pause } from '../lib/async/clock.ts';
import type { PausableLoop } from '../lib/async/pausable-loop.ts';
import type { WakeSignal } from '../lib/async/wake-signal.ts';
import type { ManifestWriter } from '../library/manifests/manifest-writer.ts';
import type { PlacementWorker } from '../library/placing/placement-worker.ts';
import type { TempNameCleanup } from '../library/placing/temp-name-cleanup.ts';
import { type ReleaseParts, releaseRequested } from '../library/quarantine/release.ts';
import type { StatusWriter } from '../monitoring/status-writer.ts';
import type { RequestExecutor } from '../operations/request-executor.ts';
import type { Attempt } from './attempt.ts';
import type { CommandWakes } from './command-wakes.ts';

export interface MaintenanceParts extends ReleaseParts {
  readonly clock: Clock;
  readonly attempt: Attempt;
  /** False if the library could not be scanned now. */
  readonly reconcile: () => Promise<boolean>;
  readonly placementWorker: PlacementWorker;
  readonly tempNameCleanup: TempNameCleanup;
  readonly manifests: ManifestWriter;
  readonly statusWriter: StatusWriter;
  /** The inboxes met files under the placer's temporary names, perhaps of an operation under way. */
  readonly inboxes: { takeTempFiles(): readonly string[] };
  /** Undefined in a dry run. */
  readonly requests: RequestExecutor | undefined;
  readonly wakes: Pick<CommandWakes, 'requests' | 'wakeClients'>;
  /** The loop of decisions. */
  readonly turns: PausableLoop;
  readonly rescanMs: () => number;
  /** Nothing in the library is changed. */
  readonly isDry: boolean;
}

interface Job {
  readonly name: string;
  /** Wait before the first run; 0 if absent. */
  readonly firstMs?: number;
  readonly everyMs: () => number;
  /** Cuts the wait short. */
  readonly wakes?: WakeSignal;
  readonly run: () => unknown;
}

const second = 1_000;

/** Periodic jobs beside the pipeline: they keep store, library and requests in agreement. */
export class Maintenance {
  readonly #parts: MaintenanceParts;

  constructor(parts: MaintenanceParts) {
    this.#parts = parts;
  }

  get #jobs(): Job[] {
    const { wakes, statusWriter, rescanMs } = this.#parts;
    const requests = { wakes: wakes.requests, everyMs: () => 5 * second };
    return [
      { name: 'requests', ...requests, run: () => this.#runRequestsAndMoves() },
      { name: 'retries', everyMs: () => second, run: () => this.#attend() },
      { name: 'status', everyMs: () => second, run: () => statusWriter.write() },
      { name: 'manifests', firstMs: 5 * second, everyMs: () => 5 * second, run: () => this.writeManifests() },
      { name: 'scan', firstMs: Math.min(second, rescanMs()), everyMs: rescanMs, run: () => this.#scan() },
    ];
  }

  /** Runs all jobs until the signal aborts. Each job has its own period. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#jobs.map((job) => this.#repeat(job, signal)));
  }

  async #repeat({ firstMs = 0, everyMs, wakes, run }: Job, signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    if (firstMs > 0) await pause(clock, firstMs, signal);
    while (!signal.aborted) {
      await run();
      await (wakes?.wait(signal, everyMs()) ?? pause(clock, everyMs(), signal));
    }
  }

  /** The user waits for the moves as well. */
  async #runRequestsAndMoves(): Promise<void> {
    if (await this.runRequests()) await this.#attend();
  }

  async #attend(): Promise<void> {
    await this.#parts.placementWorker.attend();
    this.#parts.wakes.wakeClients();
  }

  async #scan(): Promise<void> {
    if (await this.#parts.reconcile()) await this.sweep();
    await this.releaseRequested();
  }

  async releaseRequested(): Promise<void> {
    const { attempt, isDry } = this.#parts;
    const release = () => releaseRequested(this.#parts);
    if (!isDry) await attempt('files could not be brought back from quarantine', release);
  }

  /** Removes obsolete drafts and temporary names. */
  async sweep(): Promise<void> {
    const { attempt, placementWorker, tempNameCleanup, inboxes, isDry } = this.#parts;
    await attempt('leftovers could not be removed', async () => {
      await placementWorker.sweep();
      if (!isDry) await tempNameCleanup.clean(inboxes.takeTempFiles());
    });
  }

  /**
   * Runs requests while no decision is under way, so that a group keeps its name while pictures join. Returns
   * whether requests waited.
   */
  async runRequests(): Promise<boolean> {
    const { attempt, requests, turns, wakes } = this.#parts;
    if (requests === undefined || !(await requests.hasWaiting())) return false;
    const run = () => turns.whilePaused(() => requests.runWaiting());
    await attempt('requests of commands could not be executed', run);
    wakes.wakeClients();
    return true;
  }

  async writeManifests(): Promise<void> {
    const { attempt, manifests, isDry } = this.#parts;
    if (!isDry) await attempt('manifests could not be written', () => manifests.update());
  }
}
