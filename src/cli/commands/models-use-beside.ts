import { join } from 'node:path';
import { pause, systemClock } from '../../lib/async/clock.ts';
import { FatalError, TransientError } from '../../lib/errors.ts';
import { lockHolder } from '../../lib/fs/flock.ts';
import { openOwnLibrary } from '../../library/library-folder.ts';
import {
  answerKey,
  type ModelSwitchReply,
  noteBytes,
  readAnswer,
  readWanted,
  type SwitchRequest,
  wantedKey,
} from '../../operations/switch-model/switch-request.ts';
import { openStoreAsItIs } from '../../storage/lmdb/lmdb-store.ts';
import type { Store } from '../../storage/store.ts';
import { startProgress } from '../output/progress.ts';
import { embeddedOf, printAndChange, printStopped, type UseParts } from './models-use-both.ts';

const pollEveryMs = 300;
/** Looks between two at whether the daemon runs. */
const looksBetween = 10;
/** A daemon that was killed is started again by then. */
const absentMsMax = 30_000;

/** `models use` while a daemon works: it is asked to embed, and then to change. The command waits, and may be ended. */
export async function useBeside(parts: UseParts): Promise<void> {
  const { state, library, wanted, model, flags, signal } = parts;
  const store = openStoreAsItIs(join(state, 'store'));
  try {
    openOwnLibrary(library, store);
    const before = embeddedOf(store, model);
    ask(store, wanted);
    if (!flags.json)
      process.stderr.write('the daemon embeds behind its work; Ctrl-C here leaves it at that\n');
    if (!(await isAnswered(store, parts))) return printStopped(store, parts, goesOn);
    const embedded = Math.max(0, embeddedOf(store, model) - before);
    const isChanged = await printAndChange(store, parts, embedded, () => {
      ask(store, { ...wanted, isConfirmed: true });
      return isAnswered(store, parts, 'changed');
    });
    if (!isChanged && !signal.aborted) withdraw(store, wanted);
  } finally {
    await store.close();
  }
}

function ask(store: Store, wanted: SwitchRequest): void {
  store.blobs.put(wantedKey, noteBytes(wanted));
}

/** A daemon must not wait for a word that nobody will say. */
function withdraw(store: Store, { id }: SwitchRequest): void {
  if (readWanted(store)?.id === id) store.blobs.delete([wantedKey, answerKey]);
}

const goesOn = 'the daemon goes on; run it again to see what would change, and to change';

/** Waits for the daemon; false when this command is to end before. Throws what the daemon could not do. */
async function isAnswered(store: Store, parts: UseParts, kind?: ModelSwitchReply['kind']): Promise<boolean> {
  const { state, wanted, model, signal } = parts;
  const progress = startProgress(() => ({ done: embeddedOf(store, model), known: store.counts().frames }));
  let seenMs = performance.now();
  try {
    for (let look = 1; !signal.aborted; look++) {
      if (readWanted(store)?.id !== wanted.id) throw replaced();
      const answer = readAnswer(store);
      if (answer?.to === wanted.id) {
        if (answer.kind === 'failed') throw failure(answer);
        if (answer.kind === 'changed' || answer.kind === kind || kind === undefined) return true;
      }
      if (look % looksBetween === 0 && lockHolder(state) !== undefined) seenMs = performance.now();
      if (performance.now() - seenMs > absentMsMax) throw gone();
      await pause(systemClock, pollEveryMs, signal);
    }
    return false;
  } finally {
    progress.stop();
  }
}

function failure({ message, hint, exitCode }: Extract<ModelSwitchReply, { kind: 'failed' }>): FatalError {
  return new FatalError(message, { ...(hint && { hint }), exitCode });
}

function replaced(): FatalError {
  return new FatalError('wait for the daemon: another "models use" came after this one', {
    hint: '"framesort status" tells which model is on its way.',
  });
}

function gone(): TransientError {
  return new TransientError('wait for the daemon: it does not run any more', {
    hint: 'What is embedded is kept: run this again, and it goes on, with a daemon or without one.',
  });
}
