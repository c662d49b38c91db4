import type { Clock } from '../lib/async/clock.ts';
import type { FileSystem } from '../lib/fs/file-system.ts';
import type { Logger } from '../lib/logger.ts';
import type { EventSink } from '../monitoring/events.ts';
import type { TrackedStore } from '../storage/library-state.ts';
import type { StagedMembership } from '../storage/membership-cache.ts';
import type { MoveStep } from './placing/move-worker.ts';
import { dryPlacer, type PlaceStep } from './placing/place-order.ts';
import { PlacementWorker } from './placing/placement-worker.ts';
import { Placer } from './placing/placer.ts';

export interface OpenFilingOptions {
  readonly library: string;
  readonly log: Logger;
  /** Called at each named step. Tests end the process there. */
  readonly reached?: ((step: PlaceStep | MoveStep) => void) | undefined;
  /** No file is touched, and requests wait. */
  readonly dryRun?: boolean | undefined;
  /** Attempts on a refusing disk; unlimited if absent. */
  readonly triesMax?: number | undefined;
}

export interface FilingSurroundings {
  readonly store: TrackedStore;
  readonly membership: StagedMembership;
  readonly files: FileSystem;
  readonly clock: Clock;
  readonly events: EventSink;
  readonly signal: AbortSignal;
  /** Reconciles the library with the user's changes. Returns false if the library cannot be scanned. */
  readonly reconcile: () => Promise<boolean>;
}

/** Builds the worker that carries out the store's plans, for the owner of the state. */
export function openFiling(options: OpenFilingOptions, around: FilingSurroundings): PlacementWorker {
  const { library, reached, dryRun = false, triesMax = Number.POSITIVE_INFINITY } = options;
  const placer = dryRun ? dryPlacer : new Placer(library, around.files, reached);
  return new PlacementWorker({ ...around, library, triesMax, placer, ...(reached && { reached }) });
}
