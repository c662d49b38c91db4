import { basename } from 'node:path';
import { checkPaths } from '../config/paths.ts';
import { type Consolidated, Consolidator } from '../grouping/consolidation/consolidator.ts';
import { runWhenIdle } from '../grouping/consolidation/idle-schedule.ts';
import { KeypointVerifier } from '../grouping/keypoint-verifier.ts';
import { openAssigner } from '../grouping/open.ts';
import { DiskSpaceGuard } from '../ingest/disk-space.ts';
import { fileFilter } from '../ingest/file-filter.ts';
import { Intake } from '../ingest/intake.ts';
import { openChokidarWatcher } from '../ingest/watch/chokidar-watcher.ts';
import { Inboxes } from '../ingest/watch/inboxes.ts';
import type { Watcher } from '../ingest/watch/watcher.ts';
import { type Clock, pause, systemClock } from '../lib/async/clock.ts';
import { PausableLoop } from '../lib/async/pausable-loop.ts';
import { BufferPool } from '../lib/buffer-pool.ts';
import { isTransient } from '../lib/errors.ts';
import { type FileSystem, nodeFileSystem } from '../lib/fs/file-system.ts';
import { acquireLock } from '../lib/fs/flock.ts';
import { ResourceStack } from '../lib/resource-stack.ts';
import { openOwnLibrary } from '../library/library-folder.ts';
import { openFiling, openRequests } from '../library/open.ts';
import type { PlacementWorker } from '../library/placing/placement-worker.ts';
import { Statistics } from '../monitoring/statistics.ts';
import type { DaemonState, Status } from '../monitoring/status.ts';
import { StatusFile } from '../monitoring/status-file.ts';
import { withChosenModel } from '../operations/switch-model/model-choice.ts';
import { ModelSwitch } from '../operations/switch-model/model-switch.ts';
import { closeState, type LibraryState, openState } from '../storage/open.ts';
import { type FeatureExtractor, openExtractor, openKeypoints } from '../vision/open.ts';
import type { DaemonOptions } from './daemon-options.ts';
import { Maintenance } from './maintenance.ts';
import { runPipeline } from './pipeline.ts';

/** Frames that one transaction holds, when so many have come. */
const batchMax = 16;

const statusEveryMs = 1_000;

/** Builds every part, in order; `close()` closes them in reverse. Throws FatalError or TransientError. */
export async function openDaemon(options: DaemonOptions): Promise<Daemon> {
  checkPaths(options.config.inbox, options.library, options.state);
  const resources = new ResourceStack();
  try {
    resources.use((options.lock ?? acquireLock)(options.state), (lock) => lock.release());
    const config = await withChosenModel(options.config, options.state, options.log);
    const extractor =
      options.extractor ?? resources.use(await openExtractor(config), (opened) => opened.close());
    const libraryState = resources.use(
      await openState(options.state, extractor.model, options.guardStore),
      closeState,
    );
    if (!options.dryRun) openOwnLibrary(options.library, libraryState.store);
    return new Daemon(
      { ...options, config, configured: options.config.embed.model },
      extractor,
      libraryState,
      resources,
    );
  } catch (error) {
    await resources.close();
    throw error;
  }
}

/** Its configuration has the model that was chosen for the state. */
interface OwnOptions extends DaemonOptions {
  readonly configured: string;
}

export class Daemon {
  readonly #options: OwnOptions;
  readonly #extractor: FeatureExtractor;
  readonly #libraryState: LibraryState;
  readonly #resources: ResourceStack;
  readonly #clock: Clock;
  readonly #files: FileSystem;
  readonly #intake: Intake;
  readonly #isAccepted: (name: string) => boolean;
  readonly #startedMs: number;
  #placementWorker: PlacementWorker | undefined;
  #watcher: Watcher | undefined;
  #inboxes: Inboxes | undefined;
  readonly #diskSpace: DiskSpaceGuard;
  #verifier: KeypointVerifier | undefined;
  #state: DaemonState = 'starting';
  readonly #statusFile: StatusFile;
  readonly #maintenance: Maintenance;
  readonly #turns = new PausableLoop();
  #changing: ModelSwitch | undefined;
  readonly #consolidating: Consolidator;
  readonly statistics: Statistics;

  constructor(
    options: OwnOptions,
    extractor: FeatureExtractor,
    libraryState: LibraryState,
    resources: ResourceStack,
  ) {
    this.#options = options;
    this.#extractor = extractor;
    this.#libraryState = libraryState;
    this.#resources = resources;
    this.#clock = options.clock ?? systemClock;
    this.#files = options.files ?? nodeFileSystem;
    this.#startedMs = this.#clock.now();
    this.statistics = new Statistics(this.#clock);
    this.#statusFile = new StatusFile(options.state);
    this.#maintenance = this.#openMaintenance();
    if (options.config.grouping.keypoints) this.#verifier = this.#openVerifier();
    this.#consolidating = this.#openConsolidating();
    const [files, clock] = [this.#files, this.#clock];
    this.#diskSpace = new DiskSpaceGuard({
      folders: [options.library, options.state],
      freeBytesMin: options.dryRun ? 0 : options.config.intake.freeBytesMin,
      triesMax: options.triesMax ?? Number.POSITIVE_INFINITY,
      files,
      clock,
      log: options.log,
    });
    this.#isAccepted = fileFilter(options.config.intake.ignore);
    const { settleMs, backlogFramesMax } = options.config.intake;
    const isKnown = (path: string, identity: string) =>
      libraryState.store.source(path)?.identity === identity;
    const onFolder = (path: string) => this.#inboxes?.hintFolder(path);
    this.#intake = new Intake({ settleMs, backlogFramesMax, isKnown, onFolder }, this.#files, this.#clock);
  }

  #openMaintenance(): Maintenance {
    const { library, log, dryRun: isDry = false } = this.#options;
    const { store, membership } = this.#libraryState;
    return new Maintenance({
      store,
      membership,
      files: this.#files,
      library,
      clock: this.#clock,
      log,
      statistics: this.statistics,
      space: () => this.#extractor.model.space,
      placementWorker: () => this.#placementWorker,
      takeTempFiles: () => this.#inboxes?.takeTempFiles() ?? [],
      onUntrackedFile: (path) => void (this.#isAccepted(basename(path)) && this.#intake.offer(path)),
      requests: openRequests(this.#options, { store, membership, files: this.#files, clock: this.#clock }),
      turns: this.#turns,
      rescanMs: () => this.#rescanMs(),
      isDry,
    });
  }

  #openConsolidating(): Consolidator {
    const { config, library, log, reached, dryRun: isDry = false } = this.#options;
    return new Consolidator({
      config,
      library,
      files: this.#files,
      clock: this.#clock,
      log,
      extractor: this.#extractor,
      libraryState: this.#libraryState,
      loop: this.#turns,
      verifier: this.#verifier,
      reconcile: () => this.#maintenance.reconcile(),
      isDry,
      reached,
    });
  }

  #openVerifier(): KeypointVerifier {
    const { library, log, keypointProgram } = this.#options;
    const reader = this.#resources.use(openKeypoints(keypointProgram), (thread) => thread.close());
    const [store, files] = [this.#libraryState.store, this.#files];
    return new KeypointVerifier({ store, decoder: this.#extractor.decoder, files, library, reader, log });
  }

  /** Files what is in the inboxes now; resolves when all of it is filed or has a problem. */
  async sortOnce(stop: AbortSignal): Promise<void> {
    await this.#work(stop, async (signal) => {
      await this.#maintenance.reconcile(); // a second look: what is missing still is gone
      await this.#maintenance.releaseRequested();
      this.#inboxes = this.#openInboxes(undefined);
      await this.#inboxes.scanOnce(signal);
      await this.#intake.whenIdle(signal);
      await this.#maintenance.sweep();
      if (!signal.aborted) await this.#consolidateAll(signal);
    });
  }

  /** At all that came, now that it is known together. */
  async #consolidateAll(signal: AbortSignal): Promise<void> {
    const all = () => this.#consolidating.all(signal);
    await this.#maintenance.attempt('pictures could not be looked at again', all);
    await this.#maintenance.runRequests();
    await this.#placementWorker?.finish();
  }

  /** Files what comes, until `stop` aborts; then finishes what is under way. */
  async watch(stop: AbortSignal): Promise<void> {
    await this.#work(stop, async (signal) => {
      this.#watcher = await this.#openWatcher();
      this.#inboxes = this.#openInboxes(this.#watcher);
      const kept = [
        this.#maintenance.run(signal),
        this.#keepStatus(signal),
        this.#keepChanging(signal),
        this.#keepConsolidating(signal),
      ];
      await Promise.all([this.#inboxes.watch(signal), ...kept]);
    });
  }

  get groupCount(): number {
    return this.#libraryState.membership.groupCount;
  }

  /** What second looks came to. */
  get consolidated(): Consolidated {
    return this.#consolidating.sum;
  }

  get problems(): Status['problems'] {
    const waiting = Array.from(this.#intake.problems(), ({ path, message, tries }) => ({
      what: path,
      message,
      tries,
    }));
    const stuck =
      this.#placementWorker?.pendingRetries().map(({ what, message, tries }) => ({ what, message, tries })) ??
      [];
    const { shortage } = this.#diskSpace;
    return [...(shortage === undefined ? [] : [shortage]), ...waiting, ...stuck];
  }

  get odd(): Status['odd'] {
    return Array.from(this.#inboxes?.ignored() ?? [], ([path, reason]) => ({ path, reason }));
  }

  status(): Status {
    const change = this.#changing?.status;
    return {
      state: this.#state,
      pid: process.pid,
      startedMs: this.#startedMs,
      updatedMs: this.#clock.now(),
      inboxes: this.#inboxes?.status ?? [],
      library: this.#options.library,
      model: this.#extractor.model.space.id,
      ...(change && { change }),
      sinceStart: this.statistics.totals,
      framesPerMinute: this.statistics.framesPerMinute,
      backlog: this.#intake.backlog,
      store: { ...this.#libraryState.store.counts(), groups: this.groupCount },
      secondLook: this.#consolidating.status,
      indexFrames: this.#libraryState.index.size,
      problems: this.problems.slice(0, 100),
      odd: this.odd.slice(0, 100),
      troubles: this.statistics.troubles,
    };
  }

  async close(): Promise<void> {
    await this.#watcher?.close();
    await this.#resources.close();
  }

  /** Runs the pipeline while `feed` gives it work; what is under way is finished when `feed` ends or `stop` aborts. */
  async #work(stop: AbortSignal, feed: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const feeding = new AbortController();
    const signal = AbortSignal.any([stop, feeding.signal]);
    await this.#maintenance.reconcile();
    await this.#maintenance.attempt('where second looks begin could not be noted', async () =>
      this.#consolidating.begin(),
    );
    const placementWorker = this.#openFiling(stop);
    this.statistics.resumed(await placementWorker.resume());
    await this.#maintenance.sweep();
    this.#enter('running');
    stop.addEventListener('abort', () => this.#enter('draining'), { once: true });
    const finish = () => feeding.abort();
    const deciding = this.#turns.run((until) => this.#runPipeline(placementWorker, signal, until), signal);
    const ends = [deciding.finally(finish), feed(signal).finally(finish)];
    const failed = (await Promise.allSettled(ends)).find((end) => end.status === 'rejected');
    await this.#maintenance.list();
    this.#enter('stopped');
    if (failed !== undefined) throw failed.reason;
  }

  #enter(state: DaemonState): void {
    this.#state = state;
    this.#writeStatus();
  }

  #openFiling(signal: AbortSignal): PlacementWorker {
    const { store, membership } = this.#libraryState;
    const [files, clock] = [this.#files, this.#clock];
    const reconcile = () => this.#maintenance.reconcile();
    this.#placementWorker = openFiling(this.#options, { store, membership, files, clock, signal, reconcile });
    return this.#placementWorker;
  }

  #runPipeline(placementWorker: PlacementWorker, signal: AbortSignal, until: AbortSignal): Promise<void> {
    const { config, library, log, reached = () => {}, onDecision = () => {} } = this.#options;
    const { decoder, embedder, model, concurrency } = this.#extractor;
    const prepare = {
      files: this.#files,
      decoder,
      embedder,
      pixelSpec: model.descriptor.input,
      buffers: new BufferPool(),
      fileBytesMax: config.intake.fileBytesMax,
    };
    const assigner = openAssigner(config, library, model, this.#libraryState);
    const { store, membership, index } = this.#libraryState;
    const [intake, statistics, clock] = [this.#intake, this.statistics, this.#clock];
    const parts = {
      intake,
      prepare,
      assigner,
      verifier: this.#verifier,
      membership,
      store,
      index,
      placementWorker: placementWorker,
      library,
      diskSpace: this.#diskSpace,
      statistics,
      clock,
      log,
      reached,
      onDecision,
    };
    const { incompleteMs } = config.intake;
    const { triesMax = Number.POSITIVE_INFINITY } = this.#options;
    return runPipeline(parts, { concurrency, batchMax, incompleteMs, triesMax }, signal, until);
  }

  /** Parts that are somebody else's are not changed. */
  async #keepChanging(signal: AbortSignal): Promise<void> {
    if (this.#options.extractor !== undefined) return;
    const parts = {
      files: this.#files,
      clock: this.#clock,
      extractor: this.#extractor,
      libraryState: this.#libraryState,
    };
    const [turns, reconcile] = [this.#turns, () => this.#maintenance.reconcile()];
    this.#changing = new ModelSwitch({ ...this.#options, ...parts, turns, reconcile });
    await this.#changing.keep(signal);
  }

  #keepConsolidating(signal: AbortSignal): Promise<void> {
    const [consolidating, clock] = [this.#consolidating, this.#clock];
    const traffic = () => {
      const { waiting, underWay } = this.#intake.backlog;
      return { underWay: waiting + underWay, frames: this.#libraryState.store.last().frame };
    };
    const attempt = this.#maintenance.attempt.bind(this.#maintenance);
    return runWhenIdle({ consolidator: consolidating, clock, traffic, attempt }, signal);
  }

  #openInboxes(watcher: Watcher | undefined): Inboxes {
    const { config, library, state, log } = this.#options;
    const intake = this.#intake;
    return new Inboxes({
      folders: config.inbox,
      files: this.#files,
      clock: this.#clock,
      log,
      watcher,
      isAccepted: this.#isAccepted,
      outside: [library, state],
      usePolling: config.watch.usePolling,
      offer: (path) => intake.offer(path),
      whenAccepting: (signal) => intake.whenAccepting(signal),
      rescanMs: () => this.#rescanMs(),
    });
  }

  #openWatcher(): Promise<Watcher> {
    const { config, log, openWatcher = openChokidarWatcher } = this.#options;
    const pollMs = config.watch.pollSeconds * 1_000;
    return openWatcher(
      { pollMs },
      {
        onHint: (path) => this.#inboxes?.hint(path),
        onError: (error) => {
          log.warn({ err: error }, 'watching failed; a scan follows');
          this.statistics.recordError('watch', error);
          this.#inboxes?.requestFullScan();
        },
      },
    );
  }

  /** Jittered, so that many daemons on one disk do not walk it at once. */
  #rescanMs(): number {
    return this.#options.config.watch.rescanSeconds * 1_000 * (0.9 + 0.2 * Math.random());
  }

  async #keepStatus(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#writeStatus();
      await pause(this.#clock, statusEveryMs, signal);
    }
  }

  /** A full disk must not end the work: the next second tries again. */
  #writeStatus(): void {
    try {
      this.#statusFile.write(this.status());
    } catch (error) {
      if (!isTransient(error)) throw error;
      this.statistics.recordError('status', error);
    }
  }
}
