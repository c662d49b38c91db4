import type { Clock } from '../lib/async/clock.ts';
import { exitCodes, FatalError, isOfSystem, messageOf, TransientError } from '../lib/errors.ts';
import type { EventSink } from '../monitoring/events.ts';
import type { Store } from '../storage/store.ts';
import {
  isOpen,
  noteBytes,
  type Request,
  type RequestDone,
  type RequestNote,
  type RequestResult,
  readNotes,
  updateNote,
  withResult,
} from './requests.ts';

/** The note with the result, to be written in the same transaction as the work. */
export type Noted = (done: RequestDone) => { readonly key: string; readonly value: Buffer };

/** A handler for each kind of request. A kind without a handler waits for another executor. */
export type RequestHandlers = {
  readonly [Kind in Request['kind']]?: (
    request: Extract<Request, { kind: Kind }>,
    noted: Noted,
  ) => Promise<RequestDone> | RequestDone;
};

export interface RequestExecutorParts {
  readonly store: Store;
  readonly clock: Pick<Clock, 'now'>;
  readonly events: EventSink;
  readonly handlers: RequestHandlers;
}

/** Unread results of killed commands are kept for this time. */
const resultsKeptMs = 3_600_000;

/**
 * Maximum number of processes to begin a request: a request that kills each process must not stop the daemon.
 */
const attemptsMax = 3;

/**
 * Executes requests, in the process that owns the state, one after the other.
 *
 *               begin (attempts + 1)            result, in one transaction with the work
 *   submitted ──────────────────────► running ────────────────────────────────► done
 *       │                              │   ▲                                      │
 *       │ unknown, or                  │   │ the process ended:                   │ fetched, or an
 *       │ of another version           │   │ the next process begins              │ hour old: deleted
 *       │                              │   │                                      │
 *       └──────────────► failed ◄──────┴───┘ refused, or begun three times        │
 *                          └──────────────────────────────────────────────────────┘
 *
 * `switch-model` takes hours, so ModelSwitch runs the switch beside other requests, without a limit of
 * attempts. The note goes back from `done` to `submitted` when the user confirms the switch.
 */
export class RequestExecutor {
  readonly #parts: RequestExecutorParts;
  /** Requests begun by this process. */
  readonly #begun = new Set<string>();
  #isRunning = false;

  constructor(parts: RequestExecutorParts) {
    this.#parts = parts;
  }

  /** Whether `runWaiting` would do anything. */
  async hasWaiting(): Promise<boolean> {
    const notes = await readNotes(this.#parts.store);
    return notes.some((note) => (isOpen(note) ? this.#isMine(note) : this.#isExpired(note)));
  }

  /**
   * Runs all waiting requests. An impossible request fails and is not repeated. Throws TransientError if the
   * store's disk refuses.
   */
  async runWaiting(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      for (const note of await readNotes(this.#parts.store)) await this.#runOne(note);
    } finally {
      this.#isRunning = false;
    }
  }

  #isMine({ request: { kind } }: RequestNote): boolean {
    return kind === 'unknown' || this.#parts.handlers[kind] !== undefined;
  }

  /** A switch of model waits for the user without a limit. */
  #isExpired({ state, request, whenMs }: RequestNote): boolean {
    if (state === 'done' && request.kind === 'switch-model' && !request.isConfirmed) return false;
    return !(Math.abs(this.#parts.clock.now() - (whenMs ?? Number.NaN)) <= resultsKeptMs);
  }

  async #runOne(note: RequestNote): Promise<void> {
    const { store, events } = this.#parts;
    if (!isOpen(note)) return this.#isExpired(note) ? store.requests.delete([note.key]) : undefined;
    if (!this.#isMine(note)) return;
    const result = await this.#execute(note).catch(failureOf);
    if (result === undefined) return;
    const { kind } = note.request;
    events.emit('request.done', {
      kind,
      result: result.kind === 'done' ? { folder: result.folder } : { ...result },
    });
    // The handler's transaction may have recorded the result, and the command may have fetched the result.
    await updateNote(store, note.key, (after) => (isOpen(after) ? this.#answered(after, result) : undefined));
  }

  /** Returns undefined if the request was withdrawn before its begin. */
  async #execute(note: RequestNote): Promise<RequestDone | undefined> {
    const { request } = note;
    if (request.kind === 'unknown') throw unknown();
    const running = await this.#begin(note, request.kind);
    if (running === undefined) return undefined;
    const handler = this.#parts.handlers[request.kind] as (of: Request, noted: Noted) => Promise<RequestDone>;
    return handler(request, (done) => ({ key: note.key, value: noteBytes(this.#answered(running, done)) }));
  }

  async #begin(note: RequestNote, kind: Request['kind']): Promise<RequestNote | undefined> {
    if (this.#begun.has(note.key)) return note;
    if (note.attempts >= attemptsMax) throw endsUs(kind);
    const running = await updateNote(this.#parts.store, note.key, (latest) =>
      isOpen(latest) ? { ...latest, state: 'running', attempts: latest.attempts + 1 } : undefined,
    );
    this.#begun.add(note.key);
    return running;
  }

  #answered(note: RequestNote, result: RequestResult): RequestNote {
    return withResult(note, result, this.#parts.clock.now());
  }
}

function unknown(): FatalError {
  return new FatalError(
    'do what the command wants: the framesort that works on this library does not know it',
    {
      hint: 'Perhaps it is of another version than the command: restart it, and try again.',
    },
  );
}

function endsUs(kind: Request['kind']): FatalError {
  return new FatalError(`${kind}: framesort ended ${attemptsMax} times while it did this, and leaves it`, {
    hint: 'The log tells why it ended. "framesort verify" checks that nothing is amiss.',
  });
}

/** Throws any error other than a user's mistake or a refusal of the system: a bug. */
function failureOf(error: unknown): RequestResult {
  if (!(error instanceof FatalError) && !isOfSystem(error)) throw error;
  const hint = error instanceof FatalError || error instanceof TransientError ? error.hint : undefined;
  const exitCode = error instanceof FatalError ? error.exitCode : exitCodes.tryAgain;
  return { kind: 'failed', message: messageOf(error), hint, exitCode };
}
