import type { Consolidator } from '../grouping/consolidation/consolidator.ts';
import type { DiskSpaceGuard } from '../ingest/disk-space.ts';
import type { Intake } from '../ingest/intake.ts';
import type { Inboxes } from '../ingest/watch/inboxes.ts';
import type { Clock } from '../lib/async/clock.ts';
import type { PlacementWorker } from '../library/placing/placement-worker.ts';
import type { Statistics } from '../monitoring/statistics.ts';
import type { DaemonState, Status } from '../monitoring/status.ts';
import type { ModelSwitch } from '../operations/switch-model/model-switch.ts';
import type { LibraryState } from '../storage/open.ts';
import type { FeatureExtractor } from '../vision/extractor.ts';

export interface DaemonStatusParts {
  readonly library: string;
  readonly clock: Clock;
  readonly extractor: FeatureExtractor;
  readonly libraryState: LibraryState;
  readonly statistics: Statistics;
  readonly intake: Intake;
  readonly inboxes: Inboxes;
  readonly diskSpace: DiskSpaceGuard;
  readonly placementWorker: PlacementWorker;
  readonly consolidator: Consolidator;
  readonly modelSwitch: ModelSwitch | undefined;
}

/** Lists in the status have at most this length. */
const listedMax = 100;

/** Collects the status from all parts. */
export class DaemonStatus {
  state: DaemonState = 'starting';
  readonly #parts: DaemonStatusParts;
  readonly #startedMs: number;

  constructor(parts: DaemonStatusParts) {
    this.#parts = parts;
    this.#startedMs = parts.clock.now();
  }

  get groupCount(): number {
    return this.#parts.libraryState.membership.groupCount;
  }

  get problems(): Status['problems'] {
    const { intake, placementWorker, diskSpace } = this.#parts;
    const files = Array.from(intake.problems(), ({ path, message, tries }) => ({
      what: path,
      message,
      tries,
    }));
    const deferred = placementWorker
      .pendingRetries()
      .map(({ what, message, tries }) => ({ what, message, tries }));
    const { shortage } = diskSpace;
    return [...(shortage === undefined ? [] : [shortage]), ...files, ...deferred];
  }

  get odd(): Status['odd'] {
    return Array.from(this.#parts.inboxes.ignored(), ([path, reason]) => ({ path, reason }));
  }

  async current(): Promise<Status> {
    const { library, clock, extractor, libraryState, statistics, intake, inboxes } = this.#parts;
    const change = await this.#parts.modelSwitch?.status();
    return {
      state: this.state,
      pid: process.pid,
      startedMs: this.#startedMs,
      updatedMs: clock.now(),
      inboxes: inboxes.status,
      library,
      model: extractor.model.space.id,
      ...(change && { change }),
      sinceStart: statistics.totals,
      framesPerMinute: statistics.framesPerMinute,
      backlog: intake.backlog,
      store: { ...(await libraryState.store.counts()), groups: this.groupCount },
      secondLook: this.#parts.consolidator.status,
      indexFrames: libraryState.index.size,
      problems: this.problems.slice(0, listedMax),
      odd: this.odd.slice(0, listedMax),
      troubles: statistics.troubles,
    };
  }
}
