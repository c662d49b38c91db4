import { randomUUID } from 'node:crypto';
import type { FrameId } from '../domain/frame.ts';
import type { Clock } from '../lib/async/clock.ts';
import { exitCodes, FatalError, isOfSystem, messageOf, TransientError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import type { Store } from '../storage/store.ts';
import type { Refused } from './move-frames.ts';
import { type Rename, renameGroup } from './rename-group.ts';
import { type Split, type SplitParts, splitOff } from './split-group.ts';

/**
 * What commands want that the owner of a state alone can do, since it alone gives groups their numbers and names: a note in
 * the store, which becomes the answer in the transaction that does it, so that it is done once, whoever is killed.
 */
export type Wish =
  | { readonly kind: 'split'; readonly frames: readonly FrameId[]; readonly name: string | undefined }
  | ({ readonly kind: 'rename' } & Rename);

export type Answer =
  | {
      readonly kind: 'done';
      /** Entry of the journal, where there is one. */
      readonly id: number | undefined;
      /** Folder of the group; undefined when no picture could be moved to a new one. */
      readonly folder: string | undefined;
      /** Frames that are on their way from now on. */
      readonly planned: readonly FrameId[];
      readonly refused: readonly Refused[];
    }
  | {
      readonly kind: 'failed';
      readonly message: string;
      readonly hint: string | undefined;
      readonly exitCode: number;
    };

type Note =
  | { readonly wish: Wish | typeof unknown; readonly begun: number }
  | { readonly answer: Answer; readonly whenMs: number };

/** Left by another version, or damaged. */
const unknown = { kind: 'unknown' } as const;

export interface WishParts extends SplitParts {
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
export function leaveWish(store: Store, wish: Wish): string {
  const key = `${prefix}${randomUUID()}`;
  store.blobs.put(key, bytesOf({ wish, begun: 0 }));
  return key;
}

/** Undefined while it is not answered. Once it was taken there is none any more. */
export function takeAnswer(store: Store, key: string): Answer | undefined {
  const note = readNote(store, key);
  if (note === undefined || 'wish' in note) return undefined;
  store.blobs.delete([key]);
  return note.answer;
}

function readNote(store: Store, key: string): Note | undefined {
  const bytes = store.blobs.get(key);
  return bytes && noteOf(bytes.toString('utf8'));
}

function noteOf(text: string): Note {
  try {
    const note = JSON.parse(text);
    if (note.answer !== undefined) return note;
    return { wish: isKnown(note.wish) ? note.wish : unknown, begun: note.begun ?? 0 };
  } catch {
    return { wish: unknown, begun: 0 };
  }
}

function isKnown(wish: Readonly<Record<string, unknown>>): boolean {
  const { kind, frames, name, group, from, to } = wish;
  if (kind === 'split')
    return (
      Array.isArray(frames) && frames.every(Number.isInteger) && ['string', 'undefined'].includes(typeof name)
    );
  return kind === 'rename' && Number.isInteger(group) && typeof from === 'string' && typeof to === 'string';
}

function bytesOf(note: Note): Buffer {
  return Buffer.from(JSON.stringify(note));
}

/** Does what commands want, one after the other. */
export class Wishes {
  readonly #parts: WishParts;
  readonly #begun = new Set<string>();
  #isRunning = false;

  constructor(parts: WishParts) {
    this.#parts = parts;
  }

  /** Whether there is anything to attend to. */
  get areWaiting(): boolean {
    const { store } = this.#parts;
    return store.blobs.keys(prefix).some((key) => {
      const note = readNote(store, key);
      return note !== undefined && ('wish' in note || this.#isOld(note));
    });
  }

  #isOld({ whenMs }: { readonly whenMs: number }): boolean {
    return !(Math.abs(this.#parts.clock.now() - whenMs) <= answersKeptMs);
  }

  /** What can't be done is answered so, and not tried again. Throws TransientError when the store's disk refuses. */
  async attend(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      for (const key of this.#parts.store.blobs.keys(prefix)) await this.#attendTo(key);
    } finally {
      this.#isRunning = false;
    }
  }

  async #attendTo(key: string): Promise<void> {
    const { store, log } = this.#parts;
    const note = readNote(store, key);
    if (note === undefined) return;
    if ('answer' in note) {
      if (this.#isOld(note)) store.blobs.delete([key]);
      return;
    }
    const { kind: wanted } = note.wish;
    const answer = await this.#begin(key, note).catch(failureOf);
    log.info(
      { wanted, ...(answer.kind === 'done' ? { folder: answer.folder } : answer) },
      'a command was answered',
    );
    const after = readNote(store, key); // a change that was recorded has been answered with it
    if (after !== undefined && 'wish' in after) store.blobs.put(key, this.#bytesOf(answer));
  }

  async #begin(key: string, { wish, begun }: Extract<Note, { wish: unknown }>): Promise<Answer> {
    if (wish.kind === 'unknown') throw unknownWish();
    if (!this.#begun.has(key)) {
      if (begun >= begunMax) throw endsUs(wish.kind);
      this.#parts.store.blobs.put(key, bytesOf({ wish, begun: begun + 1 }));
      this.#begun.add(key);
    }
    return this.#do(key, wish);
  }

  async #do(key: string, wish: Wish): Promise<Answer> {
    if (wish.kind === 'split') {
      const noted = (split: Split) => ({ key, value: this.#bytesOf(answerOf(split)) });
      return answerOf(await splitOff(wish, this.#parts, noted));
    }
    await renameGroup(wish, this.#parts);
    return { kind: 'done', id: undefined, folder: wish.to, planned: [], refused: [] };
  }

  #bytesOf(answer: Answer): Buffer {
    return bytesOf({ answer, whenMs: this.#parts.clock.now() });
  }
}

function answerOf({ id, folder, planned, refused }: Split): Answer {
  return { kind: 'done', id, folder, planned: planned.map(({ frame }) => frame), refused };
}

function unknownWish(): FatalError {
  return new FatalError(
    'do what the command wants: the framesort that works on this library does not know it',
    {
      hint: 'Perhaps it is of another version than the command: restart it, and try again.',
    },
  );
}

function endsUs(kind: Wish['kind']): FatalError {
  return new FatalError(`${kind}: framesort ended ${begunMax} times while it did this, and leaves it`, {
    hint: 'The log tells why it ended. "framesort verify" checks that nothing is amiss.',
  });
}

/** What is neither a person's mistake nor the system's refusal is a mistake of ours, and thrown. */
function failureOf(error: unknown): Answer {
  if (!(error instanceof FatalError) && !isOfSystem(error)) throw error;
  const hint = error instanceof FatalError || error instanceof TransientError ? error.hint : undefined;
  const exitCode = error instanceof FatalError ? error.exitCode : exitCodes.tryAgain;
  return { kind: 'failed', message: messageOf(error), hint, exitCode };
}
