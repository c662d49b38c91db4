import { randomUUID } from 'node:crypto';
import type { FrameId } from '../domain/frame.ts';
import type { Clock } from '../lib/async/clock.ts';
import { exitCodes, FatalError, isOfSystem, messageOf, TransientError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import type { Store } from '../storage/store.ts';
import type { RejectedMove } from './move-frames.ts';
import { type Rename, renameGroup } from './rename-group.ts';
import { type SplitParts, type SplitResult, splitOff } from './split-group.ts';

/**
 * What commands want that the owner of a state alone can do, since it alone gives groups their numbers and names: a note in
 * the store, which becomes the answer in the transaction that does it, so that it is done once, whoever is killed.
 */
export type Request =
  | { readonly kind: 'split'; readonly frames: readonly FrameId[]; readonly name: string | undefined }
  | ({ readonly kind: 'rename' } & Rename);

export type RequestResult =
  | {
      readonly kind: 'done';
      /** Entry of the journal, where there is one. */
      readonly id: number | undefined;
      /** Folder of the group; undefined when no picture could be moved to a new one. */
      readonly folder: string | undefined;
      /** Frames that are on their way from now on. */
      readonly planned: readonly FrameId[];
      readonly refused: readonly RejectedMove[];
    }
  | {
      readonly kind: 'failed';
      readonly message: string;
      readonly hint: string | undefined;
      readonly exitCode: number;
    };

type RequestNote =
  | { readonly request: Request | typeof unknown; readonly begun: number }
  | { readonly answer: RequestResult; readonly whenMs: number };

/** Left by another version, or damaged. */
const unknown = { kind: 'unknown' } as const;

export interface RequestParts extends SplitParts {
  readonly store: Store;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Logger;
}

const prefix = 'wish/';

/** Answers that nobody came for: the command was killed. */
const answersKeptMs = 3_600_000;

/** Processes that may begin a wish: one that ends each of them must not keep the daemon from running. */
const begunMax = 3;

/** Leaves the note; its key. Throws TransientError when the store's disk refuses. */
export function submitRequest(store: Store, request: Request): string {
  const key = `${prefix}${randomUUID()}`;
  store.blobs.put(key, bytesOf({ request, begun: 0 }));
  return key;
}

/** Undefined while it is not answered. Once it was taken there is none any more. */
export function takeResult(store: Store, key: string): RequestResult | undefined {
  const note = readNote(store, key);
  if (note === undefined || 'request' in note) return undefined;
  store.blobs.delete([key]);
  return note.answer;
}

function readNote(store: Store, key: string): RequestNote | undefined {
  const bytes = store.blobs.get(key);
  return bytes && noteOf(bytes.toString('utf8'));
}

function noteOf(text: string): RequestNote {
  try {
    const note = JSON.parse(text);
    if (note.answer !== undefined) return note;
    const request = note.request ?? note.wish ?? {}; // stores of 0.1 call it a wish
    return { request: isKnown(request) ? request : unknown, begun: note.begun ?? 0 };
  } catch {
    return { request: unknown, begun: 0 };
  }
}

function isKnown(request: Readonly<Record<string, unknown>>): boolean {
  const { kind, frames, name, group, from, to } = request;
  if (kind === 'split')
    return (
      Array.isArray(frames) && frames.every(Number.isInteger) && ['string', 'undefined'].includes(typeof name)
    );
  return kind === 'rename' && Number.isInteger(group) && typeof from === 'string' && typeof to === 'string';
}

function bytesOf(note: RequestNote): Buffer {
  return Buffer.from(JSON.stringify(note));
}

/** Does what commands want, one after the other. */
export class RequestExecutor {
  readonly #parts: RequestParts;
  readonly #begun = new Set<string>();
  #isRunning = false;

  constructor(parts: RequestParts) {
    this.#parts = parts;
  }

  /** Whether there is anything to attend to. */
  get hasWaiting(): boolean {
    const { store } = this.#parts;
    return store.blobs.keys(prefix).some((key) => {
      const note = readNote(store, key);
      return note !== undefined && ('request' in note || this.#isOld(note));
    });
  }

  #isOld({ whenMs }: { readonly whenMs: number }): boolean {
    return !(Math.abs(this.#parts.clock.now() - whenMs) <= answersKeptMs);
  }

  /** What can't be done is answered so, and not tried again. Throws TransientError when the store's disk refuses. */
  async runWaiting(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      for (const key of this.#parts.store.blobs.keys(prefix)) await this.#runOne(key);
    } finally {
      this.#isRunning = false;
    }
  }

  async #runOne(key: string): Promise<void> {
    const { store, log } = this.#parts;
    const note = readNote(store, key);
    if (note === undefined) return;
    if ('answer' in note) {
      if (this.#isOld(note)) store.blobs.delete([key]);
      return;
    }
    const { kind: wanted } = note.request;
    const answer = await this.#begin(key, note).catch(failureOf);
    log.info(
      { wanted, ...(answer.kind === 'done' ? { folder: answer.folder } : answer) },
      'a command was answered',
    );
    const after = readNote(store, key); // a change that was recorded has been answered with it
    if (after !== undefined && 'request' in after) store.blobs.put(key, this.#bytesOf(answer));
  }

  async #begin(
    key: string,
    { request, begun }: Extract<RequestNote, { request: unknown }>,
  ): Promise<RequestResult> {
    if (request.kind === 'unknown') throw unknownRequest();
    if (!this.#begun.has(key)) {
      if (begun >= begunMax) throw endsUs(request.kind);
      this.#parts.store.blobs.put(key, bytesOf({ request, begun: begun + 1 }));
      this.#begun.add(key);
    }
    return this.#do(key, request);
  }

  async #do(key: string, request: Request): Promise<RequestResult> {
    if (request.kind === 'split') {
      const noted = (split: SplitResult) => ({ key, value: this.#bytesOf(answerOf(split)) });
      return answerOf(await splitOff(request, this.#parts, noted));
    }
    await renameGroup(request, this.#parts);
    return { kind: 'done', id: undefined, folder: request.to, planned: [], refused: [] };
  }

  #bytesOf(answer: RequestResult): Buffer {
    return bytesOf({ answer, whenMs: this.#parts.clock.now() });
  }
}

function answerOf({ id, folder, planned, refused }: SplitResult): RequestResult {
  return { kind: 'done', id, folder, planned: planned.map(({ frame }) => frame), refused };
}

function unknownRequest(): FatalError {
  return new FatalError(
    'do what the command wants: the framesort that works on this library does not know it',
    {
      hint: 'Perhaps it is of another version than the command: restart it, and try again.',
    },
  );
}

function endsUs(kind: Request['kind']): FatalError {
  return new FatalError(`${kind}: framesort ended ${begunMax} times while it did this, and leaves it`, {
    hint: 'The log tells why it ended. "framesort verify" checks that nothing is amiss.',
  });
}

/** What is neither a person's mistake nor the system's refusal is a mistake of ours, and thrown. */
function failureOf(error: unknown): RequestResult {
  if (!(error instanceof FatalError) && !isOfSystem(error)) throw error;
  const hint = error instanceof FatalError || error instanceof TransientError ? error.hint : undefined;
  const exitCode = error instanceof FatalError ? error.exitCode : exitCodes.tryAgain;
  return { kind: 'failed', message: messageOf(error), hint, exitCode };
}
