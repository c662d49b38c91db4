import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { requireLibrary } from '../config/paths.ts';
import type { FrameId } from '../domain/frame.ts';
import type { Group } from '../domain/group.ts';
import { pause, systemClock } from '../lib/async/clock.ts';
import { exitCodes, FatalError } from '../lib/errors.ts';
import { printable } from '../lib/fs/byte-path.ts';
import { nodeFileSystem } from '../lib/fs/file-system.ts';
import { acquireLock, lockHolder } from '../lib/fs/flock.ts';
import { openLog } from '../lib/logger.ts';
import { nearestWord } from '../lib/nearest-word.ts';
import { ResourceStack } from '../lib/resource-stack.ts';
import { openOwnLibrary } from '../library/library-folder.ts';
import { ManifestWriter } from '../library/manifests/manifest-writer.ts';
import { type OpenFilingOptions, openFiling, openRequests } from '../library/open.ts';
import type { MoveStep } from '../library/placing/move-worker.ts';
import type { PlaceStep } from '../library/placing/place-order.ts';
import { Reconciler } from '../library/reconcile/reconciler.ts';
import { logEvents } from '../monitoring/event-log.ts';
import { Events } from '../monitoring/events.ts';
import type { MoveContext } from '../operations/move-frames.ts';
import { type Request, type RequestResult, submitRequest, takeResult } from '../operations/requests.ts';
import { trackMembership } from '../storage/library-state.ts';
import { openStoreAsItIs } from '../storage/lmdb/lmdb-store.ts';
import type { Store, StoreReader } from '../storage/store.ts';
import type { CommonFlags } from './flags.ts';
import { existingState } from './open-state.ts';
import { stopSignal } from './signals.ts';

/** A library whose groups a command changes: alone, or beside a daemon, which then does what is planned. */
export interface LibraryChange {
  readonly parts: MoveContext;
  readonly isBeside: boolean;
  /**
   * Has done what the owner of the state alone can do; undefined where that is still to come. Throws FatalError with the answer where it
   * can't be.
   */
  ask(request: Request): Promise<Done | undefined>;
  /** Waits until the moves of these frames are done; those that are still to be done. Throws what the disk refused. */
  finish(frames: readonly FrameId[]): Promise<readonly FrameId[]>;
  close(): Promise<void>;
}

/** `work`: does once what is wanted and planned. */
type Alone = Omit<LibraryChange, 'close'> & { readonly work: () => Promise<void> };

type Done = Extract<RequestResult, { kind: 'done' }>;

const pollEveryMs = 300;

/** A daemon looks once a second what is to be done, and may be busy. */
const patienceMs = 20_000;

/** Tries of a refusing disk before the command gives up; what is planned is done at the next start. */
const triesMax = 4;

/** `reached`: called at each named step, so that tests can end the process there. */
export async function openLibraryChange(
  flags: CommonFlags,
  reached: (step: PlaceStep | MoveStep) => void = () => {},
): Promise<LibraryChange> {
  const { state, config } = await existingState(flags);
  const library = resolve(requireLibrary(config));
  const resources = new ResourceStack();
  try {
    const isBeside = lockHolder(state) !== undefined;
    const own = () => resources.use(acquireLock(state), (lock) => lock.release());
    if (!isBeside) own();
    const store = resources.use(openStoreAsItIs(join(state, 'store')), (opened) => opened.close());
    openOwnLibrary(library, store);
    const close = () => resources.close();
    const log = openLog({ ...config.log, level: 'warn' });
    const signal = stopSignal();
    const openAlone = () => alone(store, { config, library, log, reached, triesMax }, signal);
    if (!isBeside) return { ...(await openAlone()), close };
    const takeOver = async () => {
      if (lockHolder(state) !== undefined || !isFree(own)) return undefined;
      return openAlone();
    };
    return { ...besideOwner(store, library, takeOver, signal), close };
  } catch (error) {
    await resources.close();
    throw error;
  }
}

/** False when another process was faster. */
function isFree(own: () => void): boolean {
  try {
    own();
    return true;
  } catch (error) {
    if (error instanceof FatalError && error.exitCode === exitCodes.tryAgain) return false;
    throw error;
  }
}

/** The owner may end before it did what is wanted, as other commands do: then this one takes over. */
function besideOwner(
  store: Store,
  library: string,
  takeOver: () => Promise<Alone | undefined>,
  signal: AbortSignal,
): Omit<LibraryChange, 'close'> {
  let own: Alone | undefined;
  const work = async () => {
    own ??= await takeOver();
    await own?.work();
  };
  const ask = (request: Request) => askAndWait(store, request, signal, work);
  const finish = async (frames: readonly FrameId[]) => {
    const left = await waitUntilDone(store, frames, signal, work);
    return own === undefined ? left : own.finish(left);
  };
  return {
    parts: { store, files: nodeFileSystem, library, clock: systemClock },
    isBeside: true,
    ask,
    finish,
  };
}

async function alone(opened: Store, options: OpenFilingOptions, signal: AbortSignal): Promise<Alone> {
  const { library, log } = options;
  const { store, membership } = trackMembership(opened);
  const [files, clock, events] = [nodeFileSystem, systemClock, new Events(log)];
  logEvents(events, log);
  const reconciler = new Reconciler({ store, membership, files, library, clock, log });
  const reconcile = () => reconciler.run();
  const filing = openFiling(options, { store, membership, files, clock, events, signal, reconcile });
  const requests = openRequests(options, { store, membership, files, clock });
  const [id = ''] = store.spaces.list();
  const manifests = new ManifestWriter({ store, files, library, space: () => ({ id, dimensions: 0 }) });
  await reconcile();
  await filing.resume();
  const work = async () => {
    await requests?.runWaiting();
    await filing.attend();
  };
  const ask = (request: Request) => askAndWait(store, request, signal, work);
  const finish = async (frames: readonly FrameId[]) => {
    const left = await waitUntilDone(store, frames, signal, work);
    await manifests.update();
    return left;
  };
  return { parts: { store, files, library, clock }, isBeside: false, ask, finish, work };
}

async function askAndWait(
  store: Store,
  request: Request,
  signal: AbortSignal,
  work?: () => Promise<void>,
): Promise<Done | undefined> {
  const key = submitRequest(store, request);
  let answer: RequestResult | undefined;
  const isAnswered = () => {
    answer = takeResult(store, key);
    return answer !== undefined;
  };
  await waitUntil(isAnswered, signal, work);
  if (answer?.kind !== 'failed') return answer;
  const { message, hint, exitCode } = answer;
  throw new FatalError(message, { ...(hint && { hint }), exitCode });
}

async function waitUntilDone(
  store: Store,
  frames: readonly FrameId[],
  signal: AbortSignal,
  work?: () => Promise<void>,
): Promise<readonly FrameId[]> {
  let left = frames;
  const isDone = () => {
    left = frames.filter((frame) => store.regroupings.pendingMove(frame) !== undefined);
    return left.length === 0;
  };
  await waitUntil(isDone, signal, work);
  return left;
}

async function waitUntil(
  isDone: () => boolean,
  signal: AbortSignal,
  work: () => Promise<void> = async () => {},
): Promise<void> {
  const endMs = performance.now() + patienceMs;
  for (;;) {
    await work();
    if (isDone() || signal.aborted || performance.now() > endMs) return;
    await pause(systemClock, pollEveryMs, signal);
  }
}

/** The group that a person means by its folder's name, or by a path to it. Throws FatalError with the nearest name. */
export function findGroup(text: string, store: StoreReader, library: string): Group {
  const groups = Array.from(store.groups());
  const inside = relative(library, resolve(text));
  const found =
    groups.find(({ folder }) => folder === text.replace(/\/+$/, '')) ??
    groups.find(({ folder }) => folder === inside);
  if (found !== undefined) return found;
  const names = groups.filter(({ frames }) => frames > 0).map(({ folder }) => folder);
  const near = nearestWord(text, names);
  throw new FatalError(`change the group ${text}: there is none of that name`, {
    hint: near === undefined ? '"framesort groups" lists them.' : `Did you mean ${printable(near)}?`,
    exitCode: exitCodes.usage,
  });
}

/** The frame whose file that is. Throws FatalError when it is not filed. */
export function findFrame(file: string, store: StoreReader, library: string): FrameId {
  const places = isAbsolute(file) ? [file] : [resolve(file), join(library, file)];
  for (const path of places) {
    const [folder, name, ...more] = relative(library, path).split(sep);
    const group = Array.from(store.groups()).find((one) => one.folder === folder);
    if (group === undefined || name === undefined || more.length > 0) continue;
    const frame = store.frameAt(group.id, name);
    if (frame !== undefined) return frame;
  }
  throw new FatalError(`find ${file}: it is not filed in ${library}`, {
    hint: 'Name a picture in a group\'s folder; "framesort groups show GROUP" lists what is in one.',
    exitCode: exitCodes.usage,
  });
}
