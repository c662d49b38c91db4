import { randomUUID } from 'node:crypto';
import type { FrameId } from '../domain/frame.ts';
import type { GroupId } from '../domain/group.ts';
import type { ModelChoice, RequestTable } from '../storage/store.ts';
import type { RejectedMove } from './move-frames.ts';
import type { Rename } from './rename-group.ts';

/**
 * A user's request. The request is a note in the store, so a kill loses nothing; the owner of the state
 * executes the request. RequestExecutor draws the states of a note.
 */
export type Request =
  | { readonly kind: 'split'; readonly frames: readonly FrameId[]; readonly name: string | undefined }
  | ({ readonly kind: 'rename' } & Rename)
  | { readonly kind: 'move'; readonly frames: readonly FrameId[]; readonly to: GroupId }
  | { readonly kind: 'merge'; readonly from: GroupId; readonly into: GroupId }
  | { readonly kind: 'undo'; readonly change: number }
  | { readonly kind: 'retry'; readonly quarantined: readonly number[] }
  | ({ readonly kind: 'switch-model' } & SwitchRequest);

/**
 * The first result of a switch means: every picture has a vector of the model. Then the command prints the
 * changes, and the user confirms: the command submits the same note again. The second result means: the model
 * is in use. The latest request counts; earlier requests fail.
 */
export interface SwitchRequest extends Omit<ModelChoice, 'configured'> {
  /** The user has seen and confirmed the changes. */
  readonly isConfirmed: boolean;
}

export interface RequestDone {
  readonly kind: 'done';
  /** Entry of the journal; undefined without a change. */
  readonly id: number | undefined;
  /** Folder of the group; undefined if no picture moved to a new group. */
  readonly folder: string | undefined;
  /** Frames with a planned move. */
  readonly planned: readonly FrameId[];
  readonly refused: readonly RejectedMove[];
}

export interface RequestFailed {
  readonly kind: 'failed';
  readonly message: string;
  readonly hint: string | undefined;
  readonly exitCode: number;
}

export type RequestResult = RequestDone | RequestFailed;

export type RequestState = 'submitted' | 'running' | 'done' | 'failed';

/** Left by another version, or damaged. */
export const unknownRequest = { kind: 'unknown' } as const;

export interface RequestNote {
  readonly key: string;
  readonly request: Request | typeof unknownRequest;
  readonly state: RequestState;
  /** Number of processes that began the request. */
  readonly attempts: number;
  /** Present in the states `done` and `failed`. */
  readonly result: RequestResult | undefined;
  /** When the result was recorded. */
  readonly whenMs: number | undefined;
}

const prefix = 'request/';
/** Stores of 0.1 keep splits and renames there as a "wish", with the number of attempts. */
const prefixBefore = 'wish/';

type Notes = { readonly requests: RequestTable };
type NotesReader = { readonly requests: Pick<RequestTable, 'get'> };

/**
 * Writes the note and returns its key. Keys rise in the order of submission. Throws TransientError if the
 * disk refuses.
 */
export async function submitRequest(store: Notes, request: Request): Promise<string> {
  const before = await store.requests.list(prefix);
  const last = before.reduce((most, { key }) => Math.max(most, numberOf(key)), 0);
  const key = `${prefix}${String(last + 1).padStart(12, '0')}-${randomUUID()}`;
  const note = { request, state: 'submitted', attempts: 0, result: undefined, whenMs: undefined } as const;
  await writeNote(store, { key, ...note });
  return key;
}

function numberOf(key: string): number {
  return Number.parseInt(key.slice(prefix.length), 10) || 0;
}

/** Returns the result and deletes the note; undefined while there is no result. */
export async function takeResult(store: Notes, key: string): Promise<RequestResult | undefined> {
  const result = (await readNote(store, key))?.result;
  if (result !== undefined) await store.requests.delete([key]);
  return result;
}

/** All notes, in the order of submission. */
export async function readNotes({ requests }: Notes): Promise<RequestNote[]> {
  const all = [...(await requests.list(prefixBefore)), ...(await requests.list(prefix))];
  return all.map(({ key, value }) => noteOf(key, value));
}

export async function readNote({ requests }: NotesReader, key: string): Promise<RequestNote | undefined> {
  const bytes = await requests.get(key);
  return bytes && noteOf(key, bytes);
}

export function writeNote({ requests }: Notes, note: RequestNote): Promise<void> {
  return requests.put({ key: note.key, value: noteBytes(note) });
}

/**
 * Changes the latest note of a request in one transaction, and returns the new note. Returns undefined and
 * writes nothing if the note is gone, or if `change` returns undefined.
 */
export async function updateNote(
  { requests }: Notes,
  key: string,
  change: (latest: RequestNote) => RequestNote | undefined,
): Promise<RequestNote | undefined> {
  const bytes = await requests.update(key, (latest) => {
    const changed = change(noteOf(key, latest));
    return changed && noteBytes(changed);
  });
  return bytes && noteOf(key, bytes);
}

function noteOf(key: string, bytes: Buffer): RequestNote {
  return { key, ...parse(bytes.toString('utf8')) };
}

export function noteBytes({ key: _, ...note }: RequestNote): Buffer {
  return Buffer.from(JSON.stringify(note));
}

/** Returns whether a note still waits for its result. */
export function isOpen({ state }: RequestNote): boolean {
  return state === 'submitted' || state === 'running';
}

export function withResult(note: RequestNote, result: RequestResult, whenMs: number): RequestNote {
  return { ...note, state: result.kind, result, whenMs };
}

/** Returns the result of a request with planned moves. */
export function doneWith(plan: Partial<Omit<RequestDone, 'kind'>> = {}): RequestDone {
  return { kind: 'done', id: undefined, folder: undefined, planned: [], refused: [], ...plan };
}

function parse(text: string): Omit<RequestNote, 'key'> {
  try {
    const note = JSON.parse(text);
    const result: RequestResult | undefined = note.result ?? note.answer;
    const request = note.request ?? note.wish ?? {};
    const attempts = note.attempts ?? note.begun ?? 0;
    return {
      request: isKnown(request) ? (request as unknown as Request) : unknownRequest,
      state: result?.kind ?? (attempts > 0 ? 'running' : 'submitted'),
      attempts,
      result,
      whenMs: note.whenMs,
    };
  } catch {
    const state = 'submitted';
    return { request: unknownRequest, state, attempts: 0, result: undefined, whenMs: undefined };
  }
}

type Fields = Readonly<Record<string, unknown>>;

const hasFieldsOf: Readonly<Record<Request['kind'], (fields: Fields) => boolean>> = {
  split: ({ frames, name }) => areNumbers(frames) && ['string', 'undefined'].includes(typeof name),
  rename: ({ group, from, to }) =>
    Number.isInteger(group) && typeof from === 'string' && typeof to === 'string',
  move: ({ frames, to }) => areNumbers(frames) && Number.isInteger(to),
  merge: ({ from, into }) => Number.isInteger(from) && Number.isInteger(into),
  undo: ({ change }) => Number.isInteger(change),
  retry: ({ quarantined }) => areNumbers(quarantined),
  'switch-model': ({ model, calibration, joinSimilarity, isConfirmed }) =>
    typeof model === 'string' &&
    (calibration === null || typeof calibration === 'string') &&
    (joinSimilarity === null || typeof joinSimilarity === 'number') &&
    typeof isConfirmed === 'boolean',
};

function isKnown(request: Fields): boolean {
  const kind = String(request.kind);
  return Object.hasOwn(hasFieldsOf, kind) && hasFieldsOf[kind as Request['kind']](request);
}

function areNumbers(list: unknown): boolean {
  return Array.isArray(list) && list.every(Number.isInteger);
}
