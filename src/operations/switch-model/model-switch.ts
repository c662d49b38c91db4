import type { Config } from '../../config/options.ts';
import type { FrameId } from '../../domain/frame.ts';
import { thresholdsOf } from '../../grouping/thresholds.ts';
import type { Clock } from '../../lib/async/clock.ts';
import type { PausableLoop } from '../../lib/async/pausable-loop.ts';
import type { WakeSignal } from '../../lib/async/wake-signal.ts';
import { exitCodes, FatalError, isOfSystem, messageOf, TransientError } from '../../lib/errors.ts';
import type { FileSystem } from '../../lib/fs/file-system.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Status } from '../../monitoring/status.ts';
import type { LibraryState } from '../../storage/open.ts';
import type { FeatureExtractor } from '../../vision/extractor.ts';
import { modelOf } from '../../vision/models/configured-model.ts';
import type { Model } from '../../vision/models/descriptor.ts';
import { openEmbedder } from '../../vision/open.ts';
import {
  doneWith,
  isOpen,
  type RequestResult,
  type SwitchRequest,
  updateNote,
  withResult,
} from '../requests.ts';
import { activateSpace } from './activate-space.ts';
import { stillUnreadable, type UnreadableFrame } from './embed-missing.ts';
import { embedInProcess } from './embed-process.ts';
import {
  choiceOf,
  configWith,
  convertSwitchBefore,
  currentSwitch,
  isSwitch,
  isUnconfirmed,
  type SwitchNote,
} from './switch-request.ts';

export interface ModelSwitchParts {
  readonly config: Config;
  /** The model named by the configuration, in use or not. */
  readonly configured: string;
  readonly state: string;
  readonly library: string;
  readonly files: FileSystem;
  readonly clock: Clock;
  readonly log: Logger;
  readonly extractor: FeatureExtractor;
  readonly libraryState: LibraryState;
  /** The loop of decisions. */
  readonly turns: PausableLoop;
  /** Reconciles the library with the user's changes. Returns false if the library cannot be scanned. */
  readonly reconcile: () => Promise<boolean>;
  /** Woken when a request may have come. */
  readonly wakes: WakeSignal;
  /** Called when a result was recorded. */
  readonly onResult: () => void;
}

/** The coming model, loaded. */
interface TargetModel {
  readonly wanted: SwitchRequest;
  readonly config: Config;
  readonly model: Model;
}

/** A wake comes sooner, and may be lost. */
const pollEveryMs = 5_000;
const againAfterMs = 5_000;

/** Maximum number of frames embedded during the change itself. */
const catchUpMax = 32;

/**
 * Carries out requests of `models use` while the daemon works: embeds all pictures in the background, then
 * changes the model after the confirmation.
 */
export class ModelSwitch {
  readonly #parts: ModelSwitchParts;
  #coming: TargetModel | undefined;
  #state: NonNullable<Status['change']>['state'] = 'embedding';
  #unreadable: readonly UnreadableFrame[] = [];
  #hasConverted = false;

  constructor(parts: ModelSwitchParts) {
    this.#parts = parts;
  }

  /** Returns undefined while nothing is wanted. */
  async status(): Promise<Status['change']> {
    const { store } = this.#parts.libraryState;
    if (this.#coming === undefined) return undefined;
    const { wanted, model } = this.#coming;
    const { id } = model.space;
    const isBegun = (await store.spaces.list()).includes(id);
    return {
      model: wanted.model,
      state: this.#state,
      done: isBegun ? await store.spaces.count(id) : 0,
      frames: (await store.counts()).frames,
    };
  }

  /** Executes the latest request, step by step, until the signal aborts. */
  async keep(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const waitMs = await this.#attend(signal);
      await this.#parts.wakes.wait(signal, waitMs);
    }
  }

  /** Returns the time until the next check. */
  async #attend(signal: AbortSignal): Promise<number> {
    const { log, onResult } = this.#parts;
    try {
      const note = await this.#begin();
      if (note === undefined) this.#rest();
      const result = note && (await this.#advance(note, signal));
      if (note === undefined || result === undefined) return pollEveryMs;
      await this.#record(note, result);
      onResult();
      return pollEveryMs;
    } catch (error) {
      if (!isOfSystem(error)) throw error;
      log.warn({ err: error }, 'the change to another model has to wait; trying again');
      return againAfterMs;
    }
  }

  async #begin(): Promise<SwitchNote | undefined> {
    const { libraryState, clock } = this.#parts;
    if (!this.#hasConverted) await convertSwitchBefore(libraryState.store);
    this.#hasConverted = true;
    const note = await currentSwitch(libraryState.store, clock.now());
    if (note?.state !== 'submitted') return note;
    const running = await updateNote(libraryState.store, note.key, (latest) =>
      isOpen(latest) ? { ...latest, state: 'running', attempts: latest.attempts + 1 } : undefined,
    );
    return running && isSwitch(running) ? running : undefined;
  }

  /** A request withdrawn or replaced meanwhile gets no result. */
  async #record(note: SwitchNote, result: RequestResult): Promise<void> {
    const { libraryState, clock } = this.#parts;
    const after = await currentSwitch(libraryState.store, clock.now());
    if (after?.key !== note.key) return;
    await updateNote(libraryState.store, note.key, (latest) =>
      isOpen(latest) ? withResult(latest, result, clock.now()) : undefined,
    );
  }

  /** Does one step. Returns undefined while there is no result. */
  async #advance(note: SwitchNote, signal: AbortSignal): Promise<RequestResult | undefined> {
    const wanted = note.request;
    if (!isOpen(note) && !isUnconfirmed(note)) return this.#rest();
    try {
      const coming = this.#loadTarget(wanted);
      if (isUnconfirmed(note)) return this.#awaitUser();
      if (this.#parts.extractor.model.space.id === coming.model.space.id) return doneWith();
      if (!(await this.#isFilled(coming, wanted.isConfirmed ? catchUpMax : 0, signal))) return undefined;
      if (!wanted.isConfirmed) return this.#embedded(wanted);
      return (await this.#change(coming)) ? doneWith() : undefined;
    } catch (error) {
      if (!(error instanceof FatalError)) throw error;
      this.#parts.log.error({ err: error }, 'the change to another model failed');
      return { kind: 'failed', message: messageOf(error), hint: error.hint, exitCode: error.exitCode };
    }
  }

  #awaitUser(): undefined {
    this.#state = 'waiting-to-be-confirmed';
  }

  #rest(): undefined {
    this.#coming = undefined;
    this.#unreadable = [];
  }

  #embedded(wanted: SwitchRequest): RequestResult {
    this.#state = 'waiting-to-be-confirmed';
    this.#parts.log.info(
      { model: wanted.model },
      'all pictures are embedded anew; waiting for a word to change',
    );
    return doneWith();
  }

  /** Reads a model once: the file may be large. */
  #loadTarget(wanted: SwitchRequest): TargetModel {
    if (this.#coming?.wanted.model === wanted.model) this.#coming = { ...this.#coming, wanted };
    else {
      const config = configWith(this.#parts.config, wanted);
      const model = modelOf(config);
      thresholdsOf(config, model); // says at once when the model is not calibrated
      this.#coming = { wanted, config, model };
    }
    return this.#coming;
  }

  /** Returns whether at most this many frames have no vector of the model. Otherwise embeds the frames. */
  async #isFilled(
    { wanted, config, model }: TargetModel,
    leftMax: number,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { state, library, libraryState, log } = this.#parts;
    const table = await libraryState.store.spaces.create(model.space);
    const left = await table.missing(0 as FrameId, leftMax + 1);
    if (left.length <= leftMax) return true;
    this.#state = 'embedding';
    log.info({ model: wanted.model }, 'embedding all pictures anew, behind those that arrive');
    const reply = await this.#whileWanted(wanted, signal, (stop) =>
      embedInProcess({ state, library, config }, stop),
    );
    if (reply.kind === 'filled') return this.#met(reply.unreadable);
    if (reply.kind === 'stopped') return false;
    const { message, hint, exitCode } = reply;
    if (exitCode === undefined) throw new TransientError(message);
    throw new FatalError(message, { ...(hint && { hint }), exitCode });
  }

  /** An unreadable file may be in transit, or a person moved the file: scans once more. */
  async #met(unreadable: readonly UnreadableFrame[]): Promise<boolean> {
    const before = new Set(this.#unreadable.map(({ path }) => path));
    this.#unreadable = unreadable;
    if (unreadable.length === 0) return true;
    for (
      let look = 0;
      look < 2;
      look++ // files missing at both scans are gone
    )
      if (!(await this.#parts.reconcile())) throw new TransientError('embed anew: the library is not there');
    const still = unreadable.filter(({ path }) => before.has(path));
    if (still.length === 0) return false;
    const { message, hint } = stillUnreadable(still);
    throw new FatalError(message, { ...(hint && { hint }), exitCode: exitCodes.tryAgain });
  }

  /** Stops the work when another model is wanted meanwhile. */
  async #whileWanted<T>(
    wanted: SwitchRequest,
    signal: AbortSignal,
    work: (stop: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { clock, libraryState, wakes } = this.#parts;
    const [other, ended] = [new AbortController(), new AbortController()];
    const watching = (async () => {
      while (!ended.signal.aborted) {
        await wakes.wait(ended.signal, pollEveryMs);
        const current = await currentSwitch(libraryState.store, clock.now());
        if (current?.request.model !== wanted.model) other.abort();
      }
    })();
    try {
      return await work(AbortSignal.any([signal, other.signal]));
    } finally {
      ended.abort();
      await watching;
      wakes.wake(); // this loop may have used up the wake for the next request
    }
  }

  /** False when the daemon stopped before. */
  async #change({ wanted, config, model }: TargetModel): Promise<boolean> {
    const { configured, turns, extractor, log } = this.#parts;
    const embedder = await openEmbedder(model, config);
    try {
      this.#state = 'changing';
      const choice = choiceOf(wanted, configured);
      const isDone = await turns.whilePaused(() => activateSpace(this.#parts, { model, embedder }, choice));
      if (isDone)
        log.info({ model: wanted.model, space: model.space.id }, 'another model is in use from now on');
      return isDone;
    } finally {
      if (!extractor.uses(embedder)) await embedder.close();
    }
  }
}
