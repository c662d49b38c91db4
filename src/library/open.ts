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
  /** Called at each named step, so that tests can end the process there. */
  readonly reached?: ((step: PlaceStep | MoveStep) => void) | undefined;
  /** No file is touched, and requests wait. */
  readonly dryRun?: boolean | undefined;
  /** Tries of a refusing disk; without it there is no last one. */
  readonly triesMax?: number | undefined;
}

export interface FilingSurroundings {
  readonly store: TrackedStore;
  readonly membership: StagedMembership;
  readonly files: FileSystem;
  readonly clock: Clock;
  readonly events: EventSink;
  readonly signal: AbortSignal;
  /** Looks what a person did in the library; false if it could not look. */
  readonly reconcile: () => Promise<boolean>;
}

/** What carries out the store's plans, for the one process that owns the state. */
export function openFiling(options: OpenFilingOptions, around: FilingSurroundings): PlacementWorker {
  const { library, reached, dryRun = false, triesMax = Number.POSITIVE_INFINITY } = options;
  const placer = dryRun ? dryPlacer : new Placer(library, around.files, reached);
  return new PlacementWorker({ ...around, library, triesMax, placer, ...(reached && { reached }) });
}
