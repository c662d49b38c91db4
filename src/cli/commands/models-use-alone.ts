import { join } from 'node:path';
import {
  closeMemory,
  type Eyes,
  openEyes,
  openMemory,
  openOwnLibrary,
  readCatalogue,
} from '../../grouping/open.ts';
import { systemClock } from '../../lib/async/clock.ts';
import { realFiles } from '../../lib/fs/file-system.ts';
import { acquireLock } from '../../lib/fs/flock.ts';
import { openLog } from '../../lib/logger.ts';
import { Closers } from '../../lib/resource-stack.ts';
import { Reconciler } from '../../library/reconcile/reconciler.ts';
import { type Filled, fillSpace, stillUnreadable } from '../../operations/switch-model/embed-missing.ts';
import { answerKey, choiceOf, wantedKey } from '../../operations/switch-model/switch-request.ts';
import { openStoreAsItIs } from '../../storage/lmdb/lmdb-store.ts';
import type { Store } from '../../storage/store.ts';
import type { Model } from '../../vision/models/descriptor.ts';
import { startProgress } from '../output/progress.ts';
import { embeddedOf, tellAndChange, tellStop, type UseParts } from './models-use-both.ts';

/** `models use` where no daemon works on the state: all is done here. */
export async function useAlone(parts: UseParts): Promise<void> {
  const { state, config, model } = parts;
  const closers = new Closers();
  try {
    closers.own(acquireLock(state), (lock) => lock.release());
    const eyes = closers.own(await openEyes(config), (opened) => opened.close());
    const store = openStoreAsItIs(join(state, 'store'));
    const isChanged = await change(store, parts, eyes).finally(() => store.close());
    if (isChanged) await buildIndex(state, model);
  } finally {
    await closers.close();
  }
}

/** Whether decisions use another space now. */
async function change(store: Store, parts: UseParts, eyes: Eyes): Promise<boolean> {
  const { library, wanted, configured, model, signal } = parts;
  openOwnLibrary(library, store);
  store.blobs.delete([wantedKey, answerKey]); // what an earlier command wanted of a daemon
  const { embedded, unreadable } = await fill(store, parts, eyes);
  if (signal.aborted) {
    tellStop(store, parts, 'run it again to go on');
    return false;
  }
  if (unreadable.length > 0) throw stillUnreadable(unreadable);
  return tellAndChange(store, parts, embedded, () => {
    store.spaces.activate(model.space, choiceOf(wanted, configured));
    return true;
  });
}

/** Opening it builds what is missing. */
async function buildIndex(state: string, model: Model): Promise<void> {
  const memory = await openMemory(state, model);
  await memory.index.settle();
  await closeMemory(memory);
}

async function fill(store: Store, { library, config, model, signal }: UseParts, eyes: Eyes): Promise<Filled> {
  const files = realFiles;
  let done = embeddedOf(store, model);
  const known = store.counts().frames;
  const progress = startProgress(() => ({ done, known }));
  const count = (more: number) => {
    done += more;
  };
  try {
    const first = await fillSpace({ store, library, eyes, files }, signal, count);
    if (first.unreadable.length === 0 || signal.aborted) return first;
    const log = openLog({ ...config.log, level: 'warn' });
    const catalogue = readCatalogue(store);
    const reconciler = new Reconciler({ store, catalogue, files, library, clock: systemClock, log });
    for (let look = 0; look < 2; look++) await reconciler.run(); // what is missing at both looks is gone
    const { embedded, unreadable } = await fillSpace({ store, library, eyes, files }, signal, count);
    return { embedded: first.embedded + embedded, unreadable };
  } finally {
    progress.stop();
  }
}
