import { basename } from 'node:path';
import { checkFolders } from '../config/paths.ts';
import { type Consolidated, Consolidating } from '../grouping/consolidation/consolidator.ts';
import { consolidateInQuietMoments } from '../grouping/consolidation/idle-schedule.ts';
import { SeeingAgain } from '../grouping/keypoint-verifier.ts';
import {
  closeMemory,
  type Eyes,
  type Memory,
  openDecider,
  openEyes,
  openKeypoints,
  openMemory,
  openOwnLibrary,
} from '../grouping/open.ts';
import { DiskRoom } from '../ingest/disk-space.ts';
import { wantedNames } from '../ingest/file-filter.ts';
import { Intake } from '../ingest/intake.ts';
import { openChokidarWatcher } from '../ingest/watch/chokidar-watcher.ts';
import { Inboxes } from '../ingest/watch/inboxes.ts';
import type { Watcher } from '../ingest/watch/watcher.ts';
import { type Clock, systemClock } from '../lib/async/clock.ts';
import { Turns } from '../lib/async/pausable-loop.ts';
import { BufferPool } from '../lib/buffer-pool.ts';
import { isTransient } from '../lib/errors.ts';
import { type Files, realFiles } from '../lib/fs/file-system.ts';
import { acquireLock } from '../lib/fs/flock.ts';
import { Closers } from '../lib/resource-stack.ts';
import { openFiling, openWishes } from '../library/open.ts';
import type { FilingWork } from '../library/placing/placement-worker.ts';
import { Tally } from '../monitoring/statistics.ts';
import type { DaemonState, Status } from '../monitoring/status.ts';
import { StatusFile } from '../monitoring/status-file.ts';
import { asChosen } from '../operations/switch-model/model-choice.ts';
import { Changing } from '../operations/switch-model/model-switch.ts';
import type { DaemonOptions } from './daemon-options.ts';
import { Housekeeping } from './maintenance.ts';
import { runPipeline } from './pipeline.ts';

/** Frames that one transaction holds, when so many have come. */
const batchMax = 16;

const statusEveryMs = 1_000;

/** Builds every part, in order; `close()` closes them in reverse. Throws FatalError or TransientError. */
export async function openDaemon(options: DaemonOptions): Promise<Daemon> {
  checkFolders(options.config.inbox, options.library, options.state);
  const closers = new Closers();
  try {
    closers.own((options.lock ?? acquireLock)(options.state), (lock) => lock.release());
    const config = await asChosen(options.config, options.state, options.log);
    const eyes = options.eyes ?? closers.own(await openEyes(config), (opened) => opened.close());
    const memory = closers.own(await openMemory(options.state, eyes.model, options.guardStore), closeMemory);
    if (!options.dryRun) openOwnLibrary(options.library, memory.store);
    return new Daemon({ ...options, config, configured: options.config.embed.model }, eyes, memory, closers);
  } catch (error) {
    await closers.close();
    throw error;
  }
}

/** Its configuration has the model that was chosen for the state. */
interface OwnOptions extends DaemonOptions {
  readonly configured: string;
}

export class Daemon {
  readonly #options: OwnOptions;
  readonly #eyes: Eyes;
  readonly #memory: Memory;
  readonly #closers: Closers;
  readonly #clock: Clock;
  readonly #files: Files;
  readonly #intake: Intake;
  readonly #isWanted: (name: string) => boolean;
  readonly #startedMs: number;
  #filing: FilingWork | undefined;
  #watcher: Watcher | undefined;
  #inboxes: Inboxes | undefined;
  readonly #diskRoom: DiskRoom;
  #seeingAgain: SeeingAgain | undefined;
  #state: DaemonState = 'starting';
  readonly #statusFile: StatusFile;
  readonly #house: Housekeeping;
  readonly #turns = new Turns();
  #changing: Changing | undefined;
  readonly #consolidating: Consolidating;
  readonly tally: Tally;

  constructor(options: OwnOptions, eyes: Eyes, memory: Memory, closers: Closers) {
    this.#options = options;
    this.#eyes = eyes;
    this.#memory = memory;
    this.#closers = closers;
    this.#clock = options.clock ?? systemClock;
    this.#files = options.files ?? realFiles;
    this.#startedMs = this.#clock.now();
    this.tally = new Tally(this.#clock);
    this.#statusFile = new StatusFile(options.state);
    this.#house = this.#openHouse();
    if (options.config.grouping.keypoints) this.#seeingAgain = this.#openSeeing();
    this.#consolidating = this.#openConsolidating();
    const [files, clock] = [this.#files, this.#clock];
    this.#diskRoom = new DiskRoom({
      folders: [options.library, options.state],
      freeBytesMin: options.dryRun ? 0 : options.config.intake.freeBytesMin,
      triesMax: options.triesMax ?? Number.POSITIVE_INFINITY,
      files,
      clock,
      log: options.log,
    });
    this.#isWanted = wantedNames(options.config.intake.ignore);
    const { settleMs, backlogFramesMax } = options.config.intake;
    const isKnown = (path: string, identity: string) => memory.store.source(path)?.identity === identity;
    const onFolder = (path: string) => this.#inboxes?.hintFolder(path);
    this.#intake = new Intake({ settleMs, backlogFramesMax, isKnown, onFolder }, this.#files, this.#clock);
  }

  #openHouse(): Housekeeping {
    const { library, log, dryRun: isDry = false } = this.#options;
    const { store, catalogue } = this.#memory;
    return new Housekeeping({
      store,
      catalogue,
      files: this.#files,
      library,
      clock: this.#clock,
      log,
      tally: this.tally,
      space: () => this.#eyes.model.space,
      filing: () => this.#filing,
      takeAside: () => this.#inboxes?.takeAside() ?? [],
      onGuest: (path) => void (this.#isWanted(basename(path)) && this.#intake.offer(path)),
      wishes: openWishes(this.#options, { store, catalogue, files: this.#files, clock: this.#clock }),
      turns: this.#turns,
      rescanMs: () => this.#rescanMs(),
      isDry,
    });
  }

  #openConsolidating(): Consolidating {
    const { config, library, log, reached, dryRun: isDry = false } = this.#options;
    return new Consolidating({
      config,
      library,
      files: this.#files,
      clock: this.#clock,
      log,
      eyes: this.#eyes,
      memory: this.#memory,
      turns: this.#turns,
      seeingAgain: this.#seeingAgain,
      reconcile: () => this.#house.reconcile(),
      isDry,
      reached,
    });
  }

  #openSeeing(): SeeingAgain {
    const { library, log, keypointProgram } = this.#options;
    const reader = this.#closers.own(openKeypoints(keypointProgram), (thread) => thread.close());
    const [store, files] = [this.#memory.store, this.#files];
    return new SeeingAgain({ store, decoder: this.#eyes.decoder, files, library, reader, log });
  }

  /** Files what is in the inboxes now; resolves when all of it is filed or has a problem. */
  async sortOnce(stop: AbortSignal): Promise<void> {
    await this.#work(stop, async (signal) => {
      await this.#house.reconcile(); // a second look: what is missing still is gone
      await this.#house.returnWanted();
      this.#inboxes = this.#openInboxes(undefined);
      await this.#inboxes.walkOnce(signal);
      await this.#intake.quiet(signal);
      await this.#house.sweep();
      if (!signal.aborted) await this.#lookAgain(signal);
    });
  }

  /** At all that came, now that it is known together. */
  async #lookAgain(signal: AbortSignal): Promise<void> {
    const all = () => this.#consolidating.all(signal);
    await this.#house.attempt('pictures could not be looked at again', all);
    await this.#house.attendToWishes();
    await this.#filing?.finish();
  }

  /** Files what comes, until `stop` aborts; then finishes what is under way. */
  async watch(stop: AbortSignal): Promise<void> {
    await this.#work(stop, async (signal) => {
      this.#watcher = await this.#openWatcher();
      this.#inboxes = this.#openInboxes(this.#watcher);
      const kept = [
        this.#house.keep(signal),
        this.#keepStatus(signal),
        this.#keepChanging(signal),
        this.#keepConsolidating(signal),
      ];
      await Promise.all([this.#inboxes.watch(signal), ...kept]);
    });
  }

  get groupCount(): number {
    return this.#memory.catalogue.groupCount;
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
    const stuck = this.#filing?.stuck().map(({ what, message, tries }) => ({ what, message, tries })) ?? [];
    const { shortage } = this.#diskRoom;
    return [...(shortage === undefined ? [] : [shortage]), ...waiting, ...stuck];
  }

  get odd(): Status['odd'] {
    return Array.from(this.#inboxes?.odd() ?? [], ([path, reason]) => ({ path, reason }));
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
      model: this.#eyes.model.space.id,
      ...(change && { change }),
      sinceStart: this.tally.totals,
      framesPerMinute: this.tally.framesPerMinute,
      backlog: this.#intake.backlog,
      store: { ...this.#memory.store.counts(), groups: this.groupCount },
      secondLook: this.#consolidating.status,
      indexFrames: this.#memory.index.size,
      problems: this.problems.slice(0, 100),
      odd: this.odd.slice(0, 100),
      troubles: this.tally.troubles,
    };
  }

  async close(): Promise<void> {
    await this.#watcher?.close();
    await this.#closers.close();
  }

  /** Runs the pipeline while `feed` gives it work; what is under way is finished when `feed` ends or `stop` aborts. */
  async #work(stop: AbortSignal, feed: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const feeding = new AbortController();
    const signal = AbortSignal.any([stop, feeding.signal]);
    await this.#house.reconcile();
    await this.#house.attempt('where second looks begin could not be noted', async () =>
      this.#consolidating.begin(),
    );
    const filing = this.#openFiling(stop);
    this.tally.resumed(await filing.resume());
    await this.#house.sweep();
    this.#enter('running');
    stop.addEventListener('abort', () => this.#enter('draining'), { once: true });
    const finish = () => feeding.abort();
    const deciding = this.#turns.run((until) => this.#runPipeline(filing, signal, until), signal);
    const ends = [deciding.finally(finish), feed(signal).finally(finish)];
    const failed = (await Promise.allSettled(ends)).find((end) => end.status === 'rejected');
    await this.#house.list();
    this.#enter('stopped');
    if (failed !== undefined) throw failed.reason;
  }

  #enter(state: DaemonState): void {
    this.#state = state;
    this.#writeStatus();
  }

  #openFiling(signal: AbortSignal): FilingWork {
    const { store, catalogue } = this.#memory;
    const [files, clock] = [this.#files, this.#clock];
    const reconcile = () => this.#house.reconcile();
    this.#filing = openFiling(this.#options, { store, catalogue, files, clock, signal, reconcile });
    return this.#filing;
  }

  #runPipeline(filing: FilingWork, signal: AbortSignal, until: AbortSignal): Promise<void> {
    const { config, library, log, reached = () => {}, onDecision = () => {} } = this.#options;
    const { decoder, embedder, model, concurrency } = this.#eyes;
    const prepare = {
      files: this.#files,
      decoder,
      embedder,
      pixelSpec: model.descriptor.input,
      buffers: new BufferPool(),
      fileBytesMax: config.intake.fileBytesMax,
    };
    const decider = openDecider(config, library, model, this.#memory);
    const { store, catalogue, index } = this.#memory;
    const [intake, tally, clock] = [this.#intake, this.tally, this.#clock];
    const parts = {
      intake,
      prepare,
      decider,
      seeingAgain: this.#seeingAgain,
      catalogue,
      store,
      index,
      filing,
      library,
      diskRoom: this.#diskRoom,
      tally,
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
    if (this.#options.eyes !== undefined) return;
    const parts = { files: this.#files, clock: this.#clock, eyes: this.#eyes, memory: this.#memory };
    const [turns, reconcile] = [this.#turns, () => this.#house.reconcile()];
    this.#changing = new Changing({ ...this.#options, ...parts, turns, reconcile });
    await this.#changing.keep(signal);
  }

  #keepConsolidating(signal: AbortSignal): Promise<void> {
    const [consolidating, clock] = [this.#consolidating, this.#clock];
    const traffic = () => {
      const { waiting, underWay } = this.#intake.backlog;
      return { underWay: waiting + underWay, frames: this.#memory.store.last().frame };
    };
    const attempt = this.#house.attempt.bind(this.#house);
    return consolidateInQuietMoments({ consolidating, clock, traffic, attempt }, signal);
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
      isWanted: this.#isWanted,
      outside: [library, state],
      usePolling: config.watch.usePolling,
      offer: (path) => intake.offer(path),
      room: (signal) => intake.room(signal),
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
        onTrouble: (error) => {
          log.warn({ err: error }, 'watching failed; a scan follows');
          this.tally.trouble('watch', error);
          this.#inboxes?.distrust();
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
      await this.#clock.sleep(statusEveryMs, signal).catch(() => {});
    }
  }

  /** A full disk must not end the work: the next second tries again. */
  #writeStatus(): void {
    try {
      this.#statusFile.write(this.status());
    } catch (error) {
      if (!isTransient(error)) throw error;
      this.tally.trouble('status', error);
    }
  }
}
