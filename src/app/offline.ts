import type { Config } from '../config/options.ts';
import { systemClock } from '../lib/async/clock.ts';
import { nodeFileSystem } from '../lib/fs/file-system.ts';
import type { Logger } from '../lib/logger.ts';
import { ManifestWriter } from '../library/manifests/manifest-writer.ts';
import { openFiling } from '../library/open.ts';
import type { MoveStep } from '../library/placing/move-worker.ts';
import type { PlaceStep } from '../library/placing/place-order.ts';
import { Reconciler } from '../library/reconcile/reconciler.ts';
import { logEvents } from '../monitoring/event-log.ts';
import { Events } from '../monitoring/events.ts';
import type { OfflineWorker } from '../operations/client.ts';
import { RequestExecutor } from '../operations/request-executor.ts';
import { openRequests, retryHandler } from '../operations/request-handlers.ts';
import { doneWith, isOpen, updateNote, withResult } from '../operations/requests.ts';
import type { SplitParts } from '../operations/split-group.ts';
import { embedMissing, stillUnreadable } from '../operations/switch-model/embed-missing.ts';
import { choiceOf, currentSwitch, type SwitchNote } from '../operations/switch-model/switch-request.ts';
import { trackMembership } from '../storage/library-state.ts';
import { openIndex } from '../storage/open.ts';
import type { Store } from '../storage/store.ts';
import type { FeatureExtractor } from '../vision/extractor.ts';
import { openExtractor } from '../vision/open.ts';

/** The parts of a library for a command without a daemon. The command's process owns the state. */

export interface OfflineOptions {
  readonly config: Config;
  readonly library: string;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Called at each named step. Tests end the process there. */
  readonly reached?: ((step: PlaceStep | MoveStep) => void) | undefined;
}

export interface OfflineLibrary extends OfflineWorker {
  readonly parts: Omit<SplitParts, 'groupFactory'>;
}

/** Attempts on a refusing disk before the command gives up. The next start does the rest. */
const triesMax = 4;

/** Opens the library, and finishes the work of an earlier process. */
export async function openOfflineLibrary(opened: Store, options: OfflineOptions): Promise<OfflineLibrary> {
  const { library, signal } = options;
  const { parts, events, reconcile } = await openParts(opened, options);
  const { store } = parts;
  const filing = openFiling({ ...options, triesMax }, { ...parts, events, signal, reconcile });
  const requests = openRequests({ ...options, events }, parts);
  const [id = ''] = await store.spaces.list();
  const space = () => ({ id, dimensions: 0 });
  const manifests = new ManifestWriter({ store, files: parts.files, library, space });
  await reconcile();
  await filing.resume();
  return {
    parts,
    work: async () => {
      await requests.runWaiting();
      await filing.attend();
    },
    finish: async () => void (await manifests.update()),
  };
}

/** For requests about the store alone. Other requests wait. */
export function openOfflineStore(store: Store, log: Logger): OfflineWorker {
  const handlers = { retry: retryHandler({ store }) };
  const requests = new RequestExecutor({ store, clock: systemClock, events: loggedEvents(log), handlers });
  return { work: () => requests.runWaiting() };
}

/** For a switch of model; `config` names the model to come. The model in use need not be at hand. */
export async function openOfflineSwitch(
  store: Store,
  options: OfflineOptions & { readonly state: string; readonly configured: string },
): Promise<OfflineWorker> {
  const extractor = await openExtractor(options.config);
  const { parts, reconcile } = await openParts(store, options);
  const [{ state, configured, signal }, { library, files }] = [options, parts];
  const embed = () => embedMissing({ store, library, files, extractor }, signal);
  const embedAll = async () => {
    const first = await embed();
    if (first.unreadable.length === 0 || signal.aborted) return first.unreadable;
    for (let scan = 0; scan < 2; scan++) await reconcile(); // frames missing at both scans are gone
    return (await embed()).unreadable;
  };
  const run = async (note: SwitchNote) => {
    const unreadable = await embedAll();
    if (signal.aborted) return;
    if (unreadable.length > 0) throw stillUnreadable(unreadable);
    if (note.request.isConfirmed) {
      await buildIndex(state, extractor, parts);
      await store.spaces.activate(extractor.model.space, choiceOf(note.request, configured));
    }
    await updateNote(store, note.key, (latest) =>
      isOpen(latest) ? withResult(latest, doneWith(), systemClock.now()) : undefined,
    );
  };
  return {
    work: async () => {
      const note = await currentSwitch(store, systemClock.now());
      if (note !== undefined && isOpen(note)) await run(note);
    },
    close: () => extractor.close(),
  };
}

async function openParts(store: Store, { library, log }: OfflineOptions) {
  const parts = { ...(await trackMembership(store)), files: nodeFileSystem, clock: systemClock, library };
  const events = loggedEvents(log);
  const reconciler = new Reconciler({ ...parts, log, events });
  return { parts, events, reconcile: () => reconciler.run() };
}

function loggedEvents(log: Logger): Events {
  const events = new Events(log);
  logEvents(events, log);
  return events;
}

/** The daemon then only opens the index. */
async function buildIndex(
  state: string,
  { model: { space } }: FeatureExtractor,
  { store, membership }: Pick<SplitParts, 'store' | 'membership'>,
): Promise<void> {
  const index = await openIndex(state, space, store, membership, store.spaces.read(space));
  await index.flush();
  await index.close();
}
