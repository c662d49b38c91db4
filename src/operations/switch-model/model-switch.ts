import type { Config } from '../../config/options.ts';
import type { FrameId } from '../../domain/frame.ts';
import { thresholdsOf } from '../../grouping/thresholds.ts';
import { type Clock, pause } from '../../lib/async/clock.ts';
import type { PausableLoop } from '../../lib/async/pausable-loop.ts';
import { exitCodes, FatalError, isOfSystem, messageOf, TransientError } from '../../lib/errors.ts';
import type { FileSystem } from '../../lib/fs/file-system.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Status } from '../../monitoring/status.ts';
import type { LibraryState } from '../../storage/open.ts';
import { modelOf } from '../../vision/models/configured-model.ts';
import type { Model } from '../../vision/models/descriptor.ts';
import { type FeatureExtractor, openEmbedder } from '../../vision/open.ts';
import { activateSpace } from './activate-space.ts';
import { stillUnreadable, type UnreadableFrame } from './embed-missing.ts';
import { embedInProcess } from './embed-process.ts';
import {
  answerKey,
  choiceOf,
  configWith,
  type ModelSwitchReply,
  noteBytes,
  readAnswer,
  readWanted,
  type SwitchRequest,
} from './switch-request.ts';

export interface ModelSwitchParts {
  readonly config: Config;
  /** The model that the configuration names, whichever is in use. */
  readonly configured: string;
  readonly state: string;
  readonly library: string;
  readonly files: FileSystem;
  readonly clock: Clock;
  readonly log: Logger;
  readonly extractor: FeatureExtractor;
  readonly libraryState: LibraryState;
  /** Those in which the daemon decides. */
  readonly turns: PausableLoop;
  /** Looks what a person did in the library; false if it could not. */
  readonly reconcile: () => Promise<boolean>;
}

/** A model that is to decide, ready to be asked. */
interface TargetModel {
  readonly wanted: SwitchRequest;
  readonly config: Config;
  readonly model: Model;
}

const pollEveryMs = 500;
const againAfterMs = 5_000;

/** Frames that are embedded during the change itself: what arrived since the rest was. */
const catchUpMax = 32;

/** Carries out what `models use` wants while the daemon works: embeds all behind it, then changes when that is confirmed. */
export class ModelSwitch {
  readonly #parts: ModelSwitchParts;
  #coming: TargetModel | undefined;
  #state: NonNullable<Status['change']>['state'] = 'embedding';
  #unreadable: readonly UnreadableFrame[] = [];

  constructor(parts: ModelSwitchParts) {
    this.#parts = parts;
  }

  /** Undefined while nothing is wanted. */
  get status(): Status['change'] {
    const { store } = this.#parts.libraryState;
    if (this.#coming === undefined) return undefined;
    const { id } = this.#coming.model.space;
    const done = store.spaces.list().includes(id) ? store.spaces.count(id) : 0;
    return { model: this.#coming.wanted.model, state: this.#state, done, frames: store.counts().frames };
  }

  /** Looks for what is wanted, and does it, until the signal aborts. */
  async keep(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const waitMs = await this.#attend(signal);
      await pause(this.#parts.clock, waitMs, signal);
    }
  }

  /** The time after which to look again. */
  async #attend(signal: AbortSignal): Promise<number> {
    const { libraryState, log } = this.#parts;
    try {
      const wanted = readWanted(libraryState.store);
      const answer = readAnswer(libraryState.store);
      if (wanted === undefined) this.#rest();
      const reply =
        wanted && (await this.#advance(wanted, answer?.to === wanted.id ? answer : undefined, signal));
      if (reply !== undefined) libraryState.store.blobs.put(answerKey, noteBytes(reply));
      return pollEveryMs;
    } catch (error) {
      if (!isOfSystem(error)) throw error;
      log.warn({ err: error }, 'the change to another model has to wait; trying again');
      return againAfterMs;
    }
  }

  /** One step; undefined while there is nothing new to answer. */
  async #advance(
    wanted: SwitchRequest,
    answer: ModelSwitchReply | undefined,
    signal: AbortSignal,
  ): Promise<ModelSwitchReply | undefined> {
    if (answer?.kind === 'changed' || answer?.kind === 'failed') return this.#rest();
    try {
      const coming = this.#loadTarget(wanted);
      if (this.#parts.extractor.model.space.id === coming.model.space.id)
        return { to: wanted.id, kind: 'changed' };
      if (answer?.kind === 'embedded' && !wanted.isConfirmed) return undefined;
      if (!(await this.#isFilled(coming, answer === undefined ? 0 : catchUpMax, signal))) return undefined;
      if (!wanted.isConfirmed) return this.#embedded(wanted);
      return (await this.#change(coming)) ? { to: wanted.id, kind: 'changed' } : undefined;
    } catch (error) {
      if (!(error instanceof FatalError)) throw error;
      this.#parts.log.error({ err: error }, 'the change to another model failed');
      return {
        to: wanted.id,
        kind: 'failed',
        message: messageOf(error),
        hint: error.hint,
        exitCode: error.exitCode,
      };
    }
  }

  #rest(): undefined {
    this.#coming = undefined;
    this.#unreadable = [];
  }

  #embedded(wanted: SwitchRequest): ModelSwitchReply {
    this.#state = 'waiting-to-be-confirmed';
    this.#parts.log.info(
      { model: wanted.model },
      'all pictures are embedded anew; waiting for a word to change',
    );
    return { to: wanted.id, kind: 'embedded' };
  }

  /** Reads a model once: its file may be large. */
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

  /** Whether no more than so many frames have no vector of the model; until then they get theirs. */
  async #isFilled(
    { wanted, config, model }: TargetModel,
    leftMax: number,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { state, library, libraryState, log } = this.#parts;
    const left = libraryState.store.spaces.create(model.space).missing(0 as FrameId, leftMax + 1);
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

  /** What can't be read may be on its way to its place, or a person moved it: it is looked for once more. */
  async #met(unreadable: readonly UnreadableFrame[]): Promise<boolean> {
    const before = new Set(this.#unreadable.map(({ path }) => path));
    this.#unreadable = unreadable;
    if (unreadable.length === 0) return true;
    for (
      let look = 0;
      look < 2;
      look++ // what is missing at both looks is gone
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
    const { clock, libraryState } = this.#parts;
    const [other, ended] = [new AbortController(), new AbortController()];
    const watching = (async () => {
      while (!ended.signal.aborted) {
        await pause(clock, pollEveryMs, ended.signal);
        if (readWanted(libraryState.store)?.model !== wanted.model) other.abort();
      }
    })();
    try {
      return await work(AbortSignal.any([signal, other.signal]));
    } finally {
      ended.abort();
      await watching;
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
      if (extractor.embedder !== embedder) await embedder.close();
    }
  }
}
