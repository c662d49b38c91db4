import { join } from 'node:path';
import { systemClock } from '../../lib/async/clock.ts';
import { nodeFileSystem } from '../../lib/fs/file-system.ts';
import { acquireLock } from '../../lib/fs/flock.ts';
import { openLog } from '../../lib/logger.ts';
import { ResourceStack } from '../../lib/resource-stack.ts';
import { openOwnLibrary } from '../../library/library-folder.ts';
import { Reconciler } from '../../library/reconcile/reconciler.ts';
import {
  type EmbedResult,
  embedMissing,
  stillUnreadable,
} from '../../operations/switch-model/embed-missing.ts';
import { answerKey, choiceOf, wantedKey } from '../../operations/switch-model/switch-request.ts';
import { trackMembership } from '../../storage/library-state.ts';
import { openStoreAsItIs } from '../../storage/lmdb/lmdb-store.ts';
import { closeState, openState } from '../../storage/open.ts';
import type { Store } from '../../storage/store.ts';
import type { Model } from '../../vision/models/descriptor.ts';
import { type FeatureExtractor, openExtractor } from '../../vision/open.ts';
import { startProgress } from '../output/progress.ts';
import { embeddedOf, printAndChange, printStopped, type UseParts } from './models-use-both.ts';

/** `models use` where no daemon works on the state: all is done here. */
export async function useAlone(parts: UseParts): Promise<void> {
  const { state, config, model } = parts;
  const resources = new ResourceStack();
  try {
    resources.use(acquireLock(state), (lock) => lock.release());
    const extractor = resources.use(await openExtractor(config), (opened) => opened.close());
    const store = openStoreAsItIs(join(state, 'store'));
    const isChanged = await change(store, parts, extractor).finally(() => store.close());
    if (isChanged) await buildIndex(state, model);
  } finally {
    await resources.close();
  }
}

/** Whether decisions use another space now. */
async function change(store: Store, parts: UseParts, extractor: FeatureExtractor): Promise<boolean> {
  const { library, wanted, configured, model, signal } = parts;
  openOwnLibrary(library, store);
  store.blobs.delete([wantedKey, answerKey]); // what an earlier command wanted of a daemon
  const { embedded, unreadable } = await embedMissingFrames(store, parts, extractor);
  if (signal.aborted) {
    printStopped(store, parts, 'run it again to go on');
    return false;
  }
  if (unreadable.length > 0) throw stillUnreadable(unreadable);
  return printAndChange(store, parts, embedded, () => {
    store.spaces.activate(model.space, choiceOf(wanted, configured));
    return true;
  });
}

/** Opening it builds what is missing. */
async function buildIndex(state: string, model: Model): Promise<void> {
  const libraryState = await openState(state, model);
  await libraryState.index.flush();
  await closeState(libraryState);
}

async function embedMissingFrames(
  store: Store,
  { library, config, model, signal }: UseParts,
  extractor: FeatureExtractor,
): Promise<EmbedResult> {
  const files = nodeFileSystem;
  let done = embeddedOf(store, model);
  const known = store.counts().frames;
  const progress = startProgress(() => ({ done, known }));
  const count = (more: number) => {
    done += more;
  };
  try {
    const first = await embedMissing({ store, library, extractor, files }, signal, count);
    if (first.unreadable.length === 0 || signal.aborted) return first;
    const log = openLog({ ...config.log, level: 'warn' });
    const tracked = trackMembership(store);
    const reconciler = new Reconciler({ ...tracked, files, library, clock: systemClock, log });
    for (let look = 0; look < 2; look++) await reconciler.run(); // what is missing at both looks is gone
    const { embedded, unreadable } = await embedMissing({ store, library, extractor, files }, signal, count);
    return { embedded: first.embedded + embedded, unreadable };
  } finally {
    progress.stop();
  }
}
