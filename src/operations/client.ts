import type { FrameId } from '../domain/frame.ts';
import { pause, systemClock } from '../lib/async/clock.ts';
import { WakeSignal } from '../lib/async/wake-signal.ts';
import { exitCodes, FatalError, TransientError } from '../lib/errors.ts';
import { WakeClient } from '../lib/process/wake-socket.ts';
import { ResourceStack } from '../lib/resource-stack.ts';
import { openOwnLibrary } from '../library/library-folder.ts';
import { acquireState, openExistingStore, ownerOf } from '../storage/open.ts';
import type { Store } from '../storage/store.ts';
import { type Request, type RequestDone, type RequestResult, submitRequest, takeResult } from './requests.ts';

/** Executes requests in a command's own process, as the owner of the state. */
export interface OfflineWorker {
  /** Executes waiting requests, then carries out planned moves. */
  work(): Promise<void>;
  /** Follows the last work. */
  finish?(): Promise<void>;
  close?(): Promise<void>;
}

export interface ConnectOptions {
  readonly state: string;
  /** Absent for requests about the store alone. */
  readonly library?: string | undefined;
  readonly signal: AbortSignal;
  readonly openOffline: (store: Store) => Promise<OfflineWorker> | OfflineWorker;
  /** Whether the command executes its requests if the owner ends early. */
  readonly takesOver?: boolean;
}

/** A wake comes sooner, and may be lost. */
const pollConnectedMs = 5_000;
const pollMs = 300;

/** An owner may be busy. */
const patienceMs = 20_000;

/** A killed daemon is restarted within this time. */
const absentMsMax = 30_000;
/** Polls between two looks at the lock. */
const pollsBetween = 10;

/** Opens the state for a command: as the owner, or beside the owner. */
export async function connect(options: ConnectOptions): Promise<RequestClient> {
  const { state, library, openOffline } = options;
  const resources = new ResourceStack();
  try {
    const own = () => resources.use(acquireState(state), (lock) => lock.release());
    const isBeside = ownerOf(state) !== undefined;
    if (!isBeside) own();
    const store = resources.use(await openExistingStore(state), (opened) => opened.close());
    if (library !== undefined) await openOwnLibrary(library, store);
    const open = async () =>
      resources.use(await openOffline(store), async (worker) => {
        await worker.close?.();
      });
    const client = new RequestClient(
      options,
      store,
      isBeside ? undefined : await open(),
      resources,
      async () => (ownerOf(state) === undefined && isFree(own) ? open() : undefined),
    );
    return client;
  } catch (error) {
    await resources.close();
    throw error;
  }
}

/** False when another process was faster. */
function isFree(own: () => void): boolean {
  try {
    own();
    return true;
  } catch (error) {
    if (error instanceof FatalError && error.exitCode === exitCodes.tryAgain) return false;
    throw error;
  }
}

/** Submits requests and waits for their results, with a daemon and without. */
export class RequestClient {
  /** Beside an owner the client writes requests only. */
  readonly store: Store;
  readonly isBeside: boolean;
  readonly #options: ConnectOptions;
  readonly #resources: ResourceStack;
  readonly #takeOver: () => Promise<OfflineWorker | undefined>;
  readonly #wakes = new WakeSignal();
  readonly #wake: WakeClient;
  #worker: OfflineWorker | undefined;

  constructor(
    options: ConnectOptions,
    store: Store,
    worker: OfflineWorker | undefined,
    resources: ResourceStack,
    takeOver: () => Promise<OfflineWorker | undefined>,
  ) {
    this.#options = options;
    this.store = store;
    this.#worker = worker;
    this.isBeside = worker === undefined;
    this.#resources = resources;
    this.#takeOver = takeOver;
    this.#wake = resources.use(new WakeClient(options.state, () => this.#wakes.wake()), (wake) =>
      wake.close(),
    );
  }

  /** Returns the result; undefined if the request still waits. Throws FatalError if the request failed. */
  async request(request: Request): Promise<RequestDone | undefined> {
    const key = await this.submit(request);
    let result: RequestResult | undefined;
    await this.#waitPatiently(async () => {
      result = await takeResult(this.store, key);
      return result !== undefined;
    });
    return result && doneOrThrow(result);
  }

  /**
   * Waits for the moves of the frames. Returns the frames with a move still under way. Throws the refusals of
   * the disk.
   */
  async finish(frames: readonly FrameId[]): Promise<readonly FrameId[]> {
    let left = frames;
    await this.#waitPatiently(async () => {
      const moving = new Set((await this.store.moves.all()).map(({ frame }) => frame));
      left = frames.filter((frame) => moving.has(frame));
      return left.length === 0;
    });
    await this.#worker?.finish?.();
    return left;
  }

  /** Submits the request and returns its key. */
  async submit(request: Request): Promise<string> {
    const key = await submitRequest(this.store, request);
    this.wakeOwner();
    return key;
  }

  wakeOwner(): void {
    if (this.#worker === undefined) this.#wake.wake();
  }

  /**
   * Waits as long as an owner is there; false if the signal aborts before. Throws TransientError if no owner
   * comes back.
   */
  async waitForOwner(isDone: () => Promise<boolean>): Promise<boolean> {
    let seenMs = performance.now();
    for (let poll = 1; ; poll++) {
      await this.#work();
      if (await isDone()) return true;
      if (this.#options.signal.aborted) return false;
      const isSeen = this.#worker !== undefined || this.#wake.isConnected;
      if (isSeen || (poll % pollsBetween === 0 && ownerOf(this.#options.state) !== undefined))
        seenMs = performance.now();
      if (performance.now() - seenMs > absentMsMax) throw gone();
      await this.#pause();
    }
  }

  close(): Promise<void> {
    return this.#resources.close();
  }

  async #waitPatiently(isDone: () => Promise<boolean>): Promise<void> {
    const endMs = performance.now() + patienceMs;
    for (;;) {
      await this.#work();
      if ((await isDone()) || this.#options.signal.aborted || performance.now() > endMs) return;
      await this.#pause();
    }
  }

  /** While the connection stands the owner lives. */
  async #work(): Promise<void> {
    const { takesOver = true } = this.#options;
    if (this.#worker === undefined && takesOver && !this.#wake.isConnected)
      this.#worker = await this.#takeOver();
    await this.#worker?.work();
  }

  async #pause(): Promise<void> {
    const { signal } = this.#options;
    if (this.#worker !== undefined) return pause(systemClock, pollMs, signal);
    this.#wake.connect();
    await this.#wakes.wait(signal, this.#wake.isConnected ? pollConnectedMs : pollMs);
  }
}

/** Throws FatalError with the words of a failed result. */
export function doneOrThrow(result: RequestResult): RequestDone {
  if (result.kind === 'done') return result;
  const { message, hint, exitCode } = result;
  throw new FatalError(message, { ...(hint && { hint }), exitCode });
}

function gone(): TransientError {
  return new TransientError('wait for the daemon: it does not run any more', {
    hint: 'What is embedded is kept: run this again, and it goes on, with a daemon or without one.',
  });
}
