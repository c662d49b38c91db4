import { type Daemon, openDaemon } from '../../src/app/daemon.ts';
import type { DaemonOptions } from '../../src/app/daemon-options.ts';
import type { Config } from '../../src/config/options.ts';
import type { WatchEvents } from '../../src/ingest/watch/watcher.ts';
import { exitCodes, FatalError, isTransient } from '../../src/lib/errors.ts';
import type { Logger } from '../../src/lib/logger.ts';
import type { Store } from '../../src/storage/store.ts';
import type { FeatureExtractor } from '../../src/vision/extractor.ts';
import type { Life, Machine } from './machine.ts';
import type { Scheduler } from './scheduler.ts';

export interface KeeperParts {
  readonly config: Config;
  readonly library: string;
  readonly state: string;
  readonly log: Logger;
  readonly extractor: FeatureExtractor;
  readonly machine: Machine;
  readonly scheduler: Scheduler;
  readonly lock: NonNullable<DaemonOptions['lock']>;
  readonly onViolation: (violation: string) => void;
}

interface Running {
  readonly daemon: Daemon;
  readonly life: Life;
  /** The daemon's current store. */
  readonly store: Store;
  readonly stop: AbortController;
  readonly hear: (path: string) => void;
  hasEnded: boolean;
}

const second = 1_000;
const stopWithinMs = 600 * second;
const restWithinMs = 3_600 * second;
const rescansAfterwardsMs = 100 * second;

/** Starts, stops, kills and restarts the daemon, like a service manager. */
export class Keeper {
  readonly #parts: KeeperParts;
  #running: Running | undefined;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  hint(path: string): void {
    if (this.#running?.life.isDead === false) this.#running.hear(path);
  }

  /** Starts the daemon. If the library is absent, a later `tend` retries. */
  async start(): Promise<void> {
    const { machine, onViolation } = this.#parts;
    const life = machine.startLife();
    const stop = new AbortController();
    let events: WatchEvents | undefined;
    let store: Store | undefined;
    const guardStore = (opened: Store) => {
      store = life.guardStore(opened);
      return store;
    };
    try {
      const openWatcher: NonNullable<DaemonOptions['openWatcher']> = async (_, listener) => {
        events = listener;
        return { watch: async () => undefined, unwatch: async () => {}, close: async () => {} };
      };
      const daemon = await openDaemon({ ...this.#options(life), guardStore, openWatcher });
      const hear = (path: string) => events?.onHint(path);
      const running = { daemon, life, store: store as unknown as Store, stop, hear, hasEnded: false };
      this.#running = running;
      daemon
        .watch(stop.signal)
        .catch((error) => {
          if (!life.isDead) onViolation(`the daemon ended by itself: ${error?.stack ?? error}`);
        })
        .finally(() => {
          running.hasEnded = true;
        });
    } catch (error) {
      if (!isTransient(error)) throw error;
    }
  }

  #options(life: Life): DaemonOptions {
    const { config, library, state, log, extractor, lock } = this.#parts;
    const { clock, files, guardStore, reached } = life;
    return { config, library, state, log, clock, extractor, lock, files, guardStore, reached };
  }

  /** Restarts a dead daemon. */
  async tend(): Promise<void> {
    if (this.#running?.life.isDead) await this.#bury(this.#running);
    if (this.#running === undefined) await this.start();
  }

  /** The store and life for a command beside the daemon; undefined without a running daemon. */
  get beside(): { readonly store: Store; readonly life: Life } | undefined {
    const running = this.#running;
    return running === undefined || running.life.isDead || running.hasEnded ? undefined : running;
  }

  kill(): void {
    this.#running?.life.die();
  }

  killAt(step: string, time: number): void {
    if (this.#running !== undefined) this.#running.life.deathAt = { step, time };
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async stop(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    running.stop.abort();
    await this.#parts.scheduler.advance(stopWithinMs, () => running.hasEnded || running.life.isDead);
    if (!running.hasEnded && !running.life.isDead) this.#parts.onViolation('the daemon does not stop');
    await this.#bury(running);
  }

  /** Releases all resources, like the end of a process. */
  async #bury({ daemon, life }: Running): Promise<void> {
    this.#running = undefined;
    await daemon.close().catch((error) => {
      if (!life.isDead) this.#parts.onViolation(`closing failed: ${error?.stack ?? error}`);
    });
  }

  /** A second daemon must not start on the same state. */
  async startSecond(): Promise<void> {
    if (this.#running === undefined || this.#running.life.isDead) return;
    try {
      const second = await openDaemon(this.#options(this.#parts.machine.startLife()));
      await second.close();
      this.#parts.onViolation('a second daemon started on the same state');
    } catch (error) {
      const isRefused = error instanceof FatalError && error.exitCode === exitCodes.tryAgain;
      if (!isRefused || !error.message.includes(`${process.pid}`))
        this.#parts.onViolation(`a second daemon was refused with ${error}`);
    }
  }

  /** Runs until all work is done, and for a few more scans. */
  async rest(): Promise<void> {
    const { scheduler, onViolation } = this.#parts;
    do {
      for (let waitedMs = 0; waitedMs < restWithinMs; waitedMs += 30 * second) {
        await this.tend();
        await scheduler.advance(30 * second);
        if (await this.isQuiet()) break;
      }
      await scheduler.advance(rescansAfterwardsMs);
    } while (this.#running?.life.isDead); // a planned death comes late
    if (!(await this.isQuiet())) onViolation(`does not come to rest: ${await this.#complaint()}`);
  }

  async isQuiet(): Promise<boolean> {
    if (this.#running === undefined || this.#running.life.isDead) return false;
    const { backlog, problems, store } = await this.#running.daemon.status();
    return backlog.waiting + backlog.underWay + problems.length + store.planned === 0;
  }

  async #complaint(): Promise<string> {
    const status = await this.#running?.daemon.status();
    return JSON.stringify({ backlog: status?.backlog, problems: status?.problems, store: status?.store });
  }
}
