import { Changing } from './change/changing.ts';
import { asChosen } from './change/chosen.ts';
import { checkFolders } from './config/places.ts';
import type { DaemonOptions } from './daemon-options.ts';
import { FilingWork } from './filing.ts';
import { DiskRoom } from './intake/disk-room.ts';
import { Intake } from './intake/intake.ts';
import { wantedNames } from './intake/wanted.ts';
import { BufferPool } from './lib/buffer-pool.ts';
import { type Clock, systemClock } from './lib/clock.ts';
import { Closers } from './lib/closers.ts';
import { isOfSystem, isTransient } from './lib/errors.ts';
import { type Files, realFiles } from './lib/files.ts';
import { acquireLock } from './lib/lock.ts';
import { Turns } from './lib/turns.ts';
import { Manifests } from './manifest/manifests.ts';
import { runPipeline } from './pipeline.ts';
import { dryPlacer } from './place/order.ts';
import { Placer } from './place/placer.ts';
import { Reconciler } from './reconcile.ts';
import { returnWanted } from './returning.ts';
import { SeeingAgain } from './seeing-again.ts';
import type { DaemonState, Status } from './status/status.ts';
import { StatusFile } from './status/status-file.ts';
import { Tally } from './status/tally.ts';
import { openChokidarWatcher } from './watch/chokidar-watcher.ts';
import { Inboxes } from './watch/inboxes.ts';
import type { Watcher } from './watch/watcher.ts';
import {
  closeMemory,
  type Eyes,
  type Memory,
  openDecider,
  openEyes,
  openKeypoints,
  openMemory,
  openOwnLibrary,
} from './workshop.ts';

/** Frames that one transaction holds, when so many have come. */
const batchMax = 16;

const statusEveryMs = 1_000;
const retryEveryMs = 1_000;
const listEveryMs = 5_000;

/** Builds every part, in order; `close()` closes them in reverse. Throws FatalError or TransientError. */
export async function openDaemon(options: DaemonOptions): Promise<Daemon> {
  checkFolders(options.config.inbox, options.library);
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
  readonly #reconciler: Reconciler;
  readonly #manifests: Manifests;
  readonly #turns = new Turns();
  #changing: Changing | undefined;
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
    const { store, catalogue } = memory;
    const { library, log } = options;
    const [files, clock] = [this.#files, this.#clock];
    this.#reconciler = new Reconciler({ store, catalogue, files, library, clock, log });
    this.#diskRoom = new DiskRoom({
      folders: [options.library, options.state],
      freeBytesMin: options.dryRun ? 0 : options.config.intake.freeBytesMin,
      triesMax: options.triesMax ?? Number.POSITIVE_INFINITY,
      files,
      clock,
      log: options.log,
    });
    this.#manifests = new Manifests({ store, files, library, space: () => eyes.model.space });
    this.#isWanted = wantedNames(options.config.intake.ignore);
    if (options.config.grouping.keypoints) this.#seeingAgain = this.#openSeeing();
    const { settleMs, backlogFramesMax } = options.config.intake;
    const isKnown = (path: string, identity: string) => memory.store.source(path)?.identity === identity;
    const onFolder = (path: string) => this.#inboxes?.hintFolder(path);
    this.#intake = new Intake({ settleMs, backlogFramesMax, isKnown, onFolder }, this.#files, this.#clock);
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
      await this.#reconcile(); // a second look: what is missing still is gone
      await this.#returnWanted();
      this.#inboxes = this.#openInboxes(undefined);
      await this.#inboxes.walkOnce(signal);
      await this.#intake.quiet(signal);
    });
  }

  /** Files what comes, until `stop` aborts; then finishes what is under way. */
  async watch(stop: AbortSignal): Promise<void> {
    await this.#work(stop, async (signal) => {
      this.#watcher = await this.#openWatcher();
      this.#inboxes = this.#openInboxes(this.#watcher);
      const kept = [
        this.#keepLooking(signal),
        this.#keepStatus(signal),
        this.#keepRetrying(signal),
        this.#keepListing(signal),
        this.#keepChanging(signal),
      ];
      await Promise.all([this.#inboxes.watch(signal), ...kept]);
    });
  }

  get groupCount(): number {
    return this.#memory.catalogue.groupCount;
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
      store: this.#memory.store.counts(),
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
    await this.#reconcile();
    const filing = this.#openFiling(stop);
    const left = await filing.resume();
    await this.#sweep();
    if (left > 0) this.#options.log.info({ frames: left }, 'carried out what an earlier run had left');
    this.#enter('running');
    stop.addEventListener('abort', () => this.#enter('draining'), { once: true });
    const finish = () => feeding.abort();
    const deciding = this.#turns.run((until) => this.#runPipeline(filing, signal, until), signal);
    const ends = [deciding.finally(finish), feed(signal).finally(finish)];
    const failed = (await Promise.allSettled(ends)).find((end) => end.status === 'rejected');
    await this.#list();
    this.#enter('stopped');
    if (failed !== undefined) throw failed.reason;
  }

  #enter(state: DaemonState): void {
    this.#state = state;
    this.#writeStatus();
  }

  #openFiling(signal: AbortSignal): FilingWork {
    const { library, log, reached, dryRun, triesMax = Number.POSITIVE_INFINITY } = this.#options;
    const { store, catalogue } = this.#memory;
    const [files, clock] = [this.#files, this.#clock];
    const placer = dryRun ? dryPlacer : new Placer(library, files, reached);
    const reconcile = () => this.#reconcile();
    const parts = { store, catalogue, placer, files, library, reconcile, clock, log, signal, triesMax };
    this.#filing = new FilingWork({ ...parts, ...(reached && { reached }) });
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

  /** A library that can't be read now is looked at again later; false then. */
  #reconcile(): Promise<boolean> {
    return this.#attempt('the library could not be looked through', () => this.#reconciler.run());
  }

  #returnWanted(): Promise<boolean> {
    const parts = { store: this.#memory.store, files: this.#files, library: this.#options.library };
    if (this.#options.dryRun) return Promise.resolve(true);
    return this.#attempt('files could not be brought back from quarantine', () => returnWanted(parts));
  }

  #sweep(): Promise<boolean> {
    return this.#attempt('drafts could not be taken away', async () => this.#filing?.sweep());
  }

  /** What the disk refuses now is done the next time; false then. */
  async #attempt(failed: string, act: () => Promise<unknown>): Promise<boolean> {
    try {
      return (await act()) !== false;
    } catch (error) {
      if (!isOfSystem(error)) throw error;
      this.#options.log.warn({ err: error }, `${failed}; trying again later`);
      this.tally.trouble('library', error);
      return false;
    }
  }

  /** What can't be placed is tried again, whether or not pictures come. */
  async #keepRetrying(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#filing?.attend();
      await this.#clock.sleep(retryEveryMs, signal).catch(() => {});
    }
  }

  /** What a person did in the library is looked for now and then. */
  async #keepLooking(signal: AbortSignal): Promise<void> {
    const firstMs = Math.min(1_000, this.#rescanMs());
    for (let waitMs = firstMs; !signal.aborted; waitMs = this.#rescanMs()) {
      await this.#clock.sleep(waitMs, signal).catch(() => {});
      if (signal.aborted) return;
      if (await this.#reconcile()) await this.#sweep();
      await this.#returnWanted();
    }
  }

  /** Parts that are somebody else's are not changed. */
  async #keepChanging(signal: AbortSignal): Promise<void> {
    if (this.#options.eyes !== undefined) return;
    const parts = { files: this.#files, clock: this.#clock, eyes: this.#eyes, memory: this.#memory };
    const [turns, reconcile] = [this.#turns, () => this.#reconcile()];
    this.#changing = new Changing({ ...this.#options, ...parts, turns, reconcile });
    await this.#changing.keep(signal);
  }

  /** The library's own account of itself comes after filing. */
  async #keepListing(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#clock.sleep(listEveryMs, signal).catch(() => {});
      await this.#list();
    }
  }

  async #list(): Promise<void> {
    if (this.#options.dryRun) return;
    await this.#attempt('manifests could not be written', () => this.#manifests.update());
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
