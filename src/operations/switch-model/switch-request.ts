import { resolve } from 'node:path';
import type { Config } from '../../config/options.ts';
import { exitCodes, FatalError } from '../../lib/errors.ts';
import type { Blobs, ModelChoice } from '../../storage/store.ts';
import {
  isOpen,
  type Request,
  type RequestNote,
  readNote,
  readNotes,
  submitRequest,
  withResult,
  writeNote,
} from '../requests.ts';

/** The note of a switch of model. */
export type SwitchNote = RequestNote & { readonly request: Extract<Request, { kind: 'switch-model' }> };

type Notes = { readonly requests: Blobs };

/** Returns the latest request. Earlier open requests fail. */
export function currentSwitch(store: Notes, nowMs: number): SwitchNote | undefined {
  const notes = readNotes(store).filter(isSwitch);
  const current = notes.pop();
  for (const note of notes)
    if (isOpen(note) || isUnconfirmed(note)) writeNote(store, withResult(note, failure(replaced()), nowMs));
  return current;
}

/** Whether the pictures have their vectors, and the switch waits for the user. */
export function isUnconfirmed({ state, request }: SwitchNote): boolean {
  return state === 'done' && !request.isConfirmed;
}

/** Submits the same note again. Throws FatalError after a later request. */
export function confirmSwitch(store: Notes, key: string): void {
  const note = readNote(store, key);
  if (note === undefined || !isSwitch(note) || !isUnconfirmed(note)) throw replaced();
  const request = { ...note.request, isConfirmed: true };
  writeNote(store, { ...note, request, state: 'submitted', result: undefined, whenMs: undefined });
}

/** The two notes of earlier versions: the command's request, and the daemon's answer. */
const keysBefore = { wanted: 'change/wanted', answer: 'change/answer' };

/** Turns a switch begun by an earlier version into a request, and deletes the old notes. */
export function convertSwitchBefore(store: Notes): void {
  const wanted = parsed(store, keysBefore.wanted);
  const answer = parsed(store, keysBefore.answer);
  const isOver = answer?.to === wanted?.id && ['changed', 'failed'].includes(String(answer?.kind));
  const { model, calibration = null, joinSimilarity = null, isConfirmed = false } = wanted ?? {};
  if (typeof model === 'string' && !isOver)
    submitRequest(store, {
      kind: 'switch-model',
      model,
      calibration,
      joinSimilarity,
      isConfirmed,
    } as Request);
  if (wanted !== undefined || answer !== undefined) store.requests.delete(Object.values(keysBefore));
}

function parsed({ requests }: Notes, key: string): Readonly<Record<string, unknown>> | undefined {
  const bytes = requests.get(key);
  try {
    return bytes && JSON.parse(bytes.toString('utf8'));
  } catch {
    return {};
  }
}

function isSwitch(note: RequestNote): note is SwitchNote {
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
