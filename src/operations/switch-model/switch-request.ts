import { resolve } from 'node:path';
import type { Config } from '../../config/options.ts';
import { exitCodes, FatalError } from '../../lib/errors.ts';
import type { ModelChoice, RequestTable } from '../../storage/store.ts';
import {
  isOpen,
  type Request,
  type RequestNote,
  readNotes,
  submitRequest,
  updateNote,
  withResult,
} from '../requests.ts';

/** The note of a switch of model. */
export type SwitchNote = RequestNote & { readonly request: Extract<Request, { kind: 'switch-model' }> };

type Notes = { readonly requests: RequestTable };

/** Returns the latest request. Earlier open requests fail. */
export async function currentSwitch(store: Notes, nowMs: number): Promise<SwitchNote | undefined> {
  const notes = (await readNotes(store)).filter(isSwitch);
  const current = notes.pop();
  const failed = (note: RequestNote) => withResult(note, failure(replaced()), nowMs);
  for (const { key } of notes.filter(isWaiting))
    await updateNote(store, key, (latest) => (isWaiting(latest) ? failed(latest) : undefined));
  return current;
}

/** Whether the request waits for the owner or for the user. */
function isWaiting(note: RequestNote): boolean {
  return isOpen(note) || (isSwitch(note) && isUnconfirmed(note));
}

/** Whether the pictures have their vectors, and the switch waits for the user. */
export function isUnconfirmed({ state, request }: SwitchNote): boolean {
  return state === 'done' && !request.isConfirmed;
}

/** Submits the same note again. Throws FatalError after a later request. */
export async function confirmSwitch(store: Notes, key: string): Promise<void> {
  const confirmed = await updateNote(store, key, (note) => {
    if (!isSwitch(note) || !isUnconfirmed(note)) return undefined;
    const request = { ...note.request, isConfirmed: true };
    return { ...note, request, state: 'submitted', result: undefined, whenMs: undefined };
  });
  if (confirmed === undefined) throw replaced();
}

type Fields = Readonly<Record<string, unknown>>;

/** The two notes of earlier versions: the command's request, and the daemon's answer. */
const keysBefore = { wanted: 'change/wanted', answer: 'change/answer' };

/** Turns a switch begun by an earlier version into a request, and deletes the old notes. */
export async function convertSwitchBefore(store: Notes): Promise<void> {
  const wanted = await parsed(store, keysBefore.wanted);
  const answer = await parsed(store, keysBefore.answer);
  const isOver = answer?.to === wanted?.id && ['changed', 'failed'].includes(String(answer?.kind));
  const { model, calibration = null, joinSimilarity = null, isConfirmed = false } = wanted ?? {};
  if (typeof model === 'string' && !isOver)
    await submitRequest(store, {
      kind: 'switch-model',
      model,
      calibration,
      joinSimilarity,
      isConfirmed,
    } as Request);
  if (wanted !== undefined || answer !== undefined) await store.requests.delete(Object.values(keysBefore));
}

async function parsed({ requests }: Notes, key: string): Promise<Fields | undefined> {
  const bytes = await requests.get(key);
  try {
    return bytes && JSON.parse(bytes.toString('utf8'));
  } catch {
    return {};
  }
}

export function isSwitch(note: RequestNote): note is SwitchNote {
  return note.request.kind === 'switch-model';
}

function failure({ message, hint, exitCode }: FatalError) {
  return { kind: 'failed', message, hint, exitCode } as const;
}

export function replaced(): FatalError {
  return new FatalError('wait for the daemon: another "models use" came after this one', {
    hint: '"framesort status" tells which model is on its way.',
    exitCode: exitCodes.failed,
  });
}

/** Returns the choice to record with the change; undefined if the configuration already names the model. */
export function choiceOf(
  { model, calibration, joinSimilarity }: Omit<ModelChoice, 'configured'>,
  configured: string,
) {
  return sameModel(model, configured) ? undefined : { configured, model, calibration, joinSimilarity };
}

/** Names stay; a path is good from every folder. */
export function modelPath(nameOrPath: string): string {
  return /^[\w-]+$/.test(nameOrPath) ? nameOrPath : resolve(nameOrPath);
}

function sameModel(one: string, other: string): boolean {
  return modelPath(one) === modelPath(other);
}

/** Returns the configuration with another model. */
export function configWith(
  config: Config,
  { model, calibration, joinSimilarity }: Omit<ModelChoice, 'configured'>,
): Config {
  return {
    ...config,
    embed: { ...config.embed, model },
    grouping: { ...config.grouping, calibration, joinSimilarity },
  };
}
