import type { Consolidated } from '../grouping/consolidation/consolidator.ts';
import { runWhenIdle } from '../grouping/consolidation/idle-schedule.ts';
import { openAssigner } from '../grouping/open.ts';
import { BufferPool } from '../lib/buffer-pool.ts';
import type { Events } from '../monitoring/events.ts';
import type { Statistics } from '../monitoring/statistics.ts';
import type { DaemonState, Status } from '../monitoring/status.ts';
import type { DaemonOptions } from './daemon-options.ts';
import { type DaemonParts, openDaemonParts } from './daemon-parts.ts';
import { runPipeline } from './pipeline.ts';

/** Maximum number of decisions in a transaction. */
const batchMax = 16;

/** Throws FatalError or TransientError. */
export async function openDaemon(options: DaemonOptions): Promise<Daemon> {
  return new Daemon(await openDaemonParts(options));
}

/**
 * The life of the process that owns a state:
 *
 * starting → running → draining → stopped
 *
 * `starting`: reconcile, resume what an earlier run left. `draining`: a stop was asked for; files under way
 * are finished.
 */
export class Daemon {
  readonly #parts: DaemonParts;

  constructor(parts: DaemonParts) {
    this.#parts = parts;
  }

  /** Files the content of the inboxes. Resolves when every file is filed or has a problem. */
  async sortOnce(stop: AbortSignal): Promise<void> {
    const { maintenance, reconcile, inboxes, intake } = this.#parts;
    await this.#work(stop, async (signal) => {
      await reconcile(); // the second scan: frames still missing are gone
      await maintenance.releaseRequested();
      await inboxes.scanOnce(signal);
      await intake.whenIdle(signal);
      await maintenance.sweep();
      if (!signal.aborted) await this.#consolidateAll(signal);
    });
  }

  async #consolidateAll(signal: AbortSignal): Promise<void> {
    const { attempt, consolidator, maintenance, placementWorker } = this.#parts;
    await attempt('consolidation failed', () => consolidator.all(signal));
    await maintenance.runRequests();
    await placementWorker.finish();
  }

  /** Files arrivals until `stop` aborts, then finishes the files under way. */
  async watch(stop: AbortSignal): Promise<void> {
    const { inboxes, maintenance, modelSwitch, wakes, isDry } = this.#parts;
    await this.#work(stop, async (signal) => {
      if (!isDry) await wakes.open();
      await Promise.all([
        inboxes.watch(signal),
        maintenance.run(signal),
        modelSwitch?.keep(signal),
        this.#consolidateWhenIdle(signal),
      ]);
    });
  }

  #consolidateWhenIdle(signal: AbortSignal): Promise<void> {
    const { consolidator, clock, intake, membership, attempt } = this.#parts;
    const traffic = () => {
      const { waiting, underWay } = intake.backlog;
      return { underWay: waiting + underWay, frames: membership.lastFrame };
    };
    return runWhenIdle({ consolidator, clock, traffic, attempt }, signal);
  }

  get events(): Events {
    return this.#parts.events;
  }

  get statistics(): Statistics {
    return this.#parts.statistics;
  }

  get backlog(): Status['backlog'] {
    return this.#parts.intake.backlog;
  }

  get groupCount(): number {
    return this.#parts.status.groupCount;
  }

  get consolidated(): Consolidated {
    return this.#parts.consolidator.sum;
  }

  get problems(): Status['problems'] {
    return this.#parts.status.problems;
  }

  get odd(): Status['odd'] {
    return this.#parts.status.odd;
  }

  status(): Promise<Status> {
    return this.#parts.status.current();
  }

  async close(): Promise<void> {
    await this.#parts.inboxes.close();
    await this.#parts.resources.close();
  }

  /** Runs the pipeline until `feed` has ended or `stop` aborts, then finishes the files under way. */
  async #work(stop: AbortSignal, feed: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { turns, maintenance, stopping } = this.#parts;
    stop.addEventListener('abort', () => stopping.abort(), { once: true });
    await this.#resume();
    await this.#enter('running');
    const drain = () => this.#enter('draining').catch((error) => this.#onStatusError(error));
    stop.addEventListener('abort', () => void drain(), { once: true });
    const feeding = new AbortController();
    const signal = AbortSignal.any([stop, feeding.signal]);
    const finish = () => feeding.abort();
    const deciding = turns.run((until) => this.#runPipeline(signal, until), signal);
    const ends = [deciding.finally(finish), feed(signal).finally(finish)];
    const failed = (await Promise.allSettled(ends)).find((end) => end.status === 'rejected');
    await maintenance.writeManifests();
    await this.#enter('stopped');
    if (failed !== undefined) throw failed.reason;
  }

  /** Reconciles the library with the user's changes, then resumes the work of an earlier run. */
  async #resume(): Promise<void> {
    const { reconcile, attempt, consolidator, placementWorker, maintenance } = this.#parts;
    await reconcile();
    await attempt('the starting point of consolidation could not be recorded', () => consolidator.begin());
    await placementWorker.resume();
    await maintenance.sweep();
  }

  /** The daemon drains all the same. */
  #onStatusError(error: unknown): void {
    this.events.emit('error', { where: 'status', error, message: 'the status could not be written' });
  }

  async #enter(state: DaemonState): Promise<void> {
    this.#parts.status.state = state;
    await this.#parts.statusWriter.write();
  }

  /** Once for each turn: between two turns another model may have taken over. */
  async #runPipeline(signal: AbortSignal, until: AbortSignal): Promise<void> {
    const { config, library, files, extractor, libraryState, options, triesMax } = this.#parts;
    const { model, concurrency } = extractor;
    const { fileBytesMax, incompleteMs } = config.intake;
    const prepare = { files, extractor, buffers: new BufferPool(), fileBytesMax };
    const assigner = await openAssigner(config, library, model, libraryState);
    const { index } = libraryState;
    const { reached = () => {} } = options;
    const parts = { ...this.#parts, prepare, assigner, index, reached };
    return runPipeline(parts, { concurrency, batchMax, incompleteMs, triesMax }, signal, until);
  }
}
