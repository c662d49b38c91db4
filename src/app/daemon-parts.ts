import { basename } from 'node:path';
import { checkPaths } from '../config/paths.ts';
import { Consolidator } from '../grouping/consolidation/consolidator.ts';
import { progressOf } from '../grouping/consolidation/progress-record.ts';
import { KeypointVerifier } from '../grouping/keypoint-verifier.ts';
import { openGroupFactory } from '../grouping/open.ts';
import { DiskSpaceGuard } from '../ingest/disk-space.ts';
import { fileFilter } from '../ingest/file-filter.ts';
import { Intake } from '../ingest/intake.ts';
import { openChokidarWatcher } from '../ingest/watch/chokidar-watcher.ts';
import { FolderHints } from '../ingest/watch/folder-hints.ts';
import { Inboxes } from '../ingest/watch/inboxes.ts';
import { systemClock } from '../lib/async/clock.ts';
import { PausableLoop } from '../lib/async/pausable-loop.ts';
import { nodeFileSystem } from '../lib/fs/file-system.ts';
import { ResourceStack } from '../lib/resource-stack.ts';
import { openOwnLibrary } from '../library/library-folder.ts';
import { ManifestWriter } from '../library/manifests/manifest-writer.ts';
import { openFiling } from '../library/open.ts';
import { TempNameCleanup } from '../library/placing/temp-name-cleanup.ts';
import { Reconciler } from '../library/reconcile/reconciler.ts';
import { logEvents } from '../monitoring/event-log.ts';
import { Events } from '../monitoring/events.ts';
import { Statistics } from '../monitoring/statistics.ts';
import { StatusWriter } from '../monitoring/status-writer.ts';
import { applyChange } from '../operations/apply-change.ts';
import { openRequests } from '../operations/request-handlers.ts';
import { withChosenModel } from '../operations/switch-model/model-choice.ts';
import { ModelSwitch } from '../operations/switch-model/model-switch.ts';
import { acquireState, closeState, openState } from '../storage/open.ts';
import { openExtractor, openKeypoints } from '../vision/open.ts';
import { type Attempt, attemptWith } from './attempt.ts';
import { CommandWakes } from './command-wakes.ts';
import type { DaemonOptions } from './daemon-options.ts';
import { DaemonStatus } from './daemon-status.ts';
import { Maintenance } from './maintenance.ts';

/** All parts of a daemon. Each function below hands the earlier parts to a new part. */
export type DaemonParts = ReturnType<typeof buildParts>;

type Opened = Awaited<ReturnType<typeof openResources>>;
type Shared = Opened & { readonly events: Events; readonly attempt: Attempt; readonly turns: PausableLoop };
type WithIngest = Shared & ReturnType<typeof buildIngest>;
type WithLibrary = WithIngest & ReturnType<typeof buildLibrary>;

/**
 * Opens and builds all parts in order; `resources.close()` closes them in reverse. Throws FatalError or
 * TransientError.
 */
export async function openDaemonParts(options: DaemonOptions): Promise<DaemonParts> {
  checkPaths(options.config.inbox, options.library, options.state);
  const resources = new ResourceStack();
  try {
    return buildParts(await openResources(options, resources));
  } catch (error) {
    await resources.close();
    throw error;
  }
}

/** Opens lock, model and state; all are closed at the end. `config` names the state's chosen model. */
async function openResources(options: DaemonOptions, resources: ResourceStack) {
  const { library, state, log, clock = systemClock, files = nodeFileSystem, dryRun: isDry = false } = options;
  resources.use((options.lock ?? acquireState)(state), (lock) => lock.release());
  const config = await withChosenModel(options.config, state, log);
  const extractor =
    options.extractor ?? resources.use(await openExtractor(config), (opened) => opened.close());
  const opened = await openState(state, extractor.model, options.guardStore);
  const libraryState = resources.use(opened, closeState);
  const { store, membership } = libraryState;
  if (!isDry) await openOwnLibrary(library, store);
  const { triesMax = Number.POSITIVE_INFINITY } = options;
  const shared = {
    config,
    library,
    state,
    log,
    clock,
    files,
    isDry,
    extractor,
    libraryState,
    store,
    membership,
    progress: await progressOf(store),
  };
  return { ...shared, triesMax, options, resources };
}

function buildParts(opened: Opened) {
  const { log, clock, state, options } = opened;
  const events = new Events(log);
  const statistics = new Statistics(events, clock);
  logEvents(events, log);
  const shared = { ...opened, events, statistics, attempt: attemptWith(events), turns: new PausableLoop() };
  const withIngest = { ...shared, ...buildIngest(shared) };
  const withLibrary = { ...withIngest, ...buildLibrary(withIngest) };
  const wakes = opened.resources.use(new CommandWakes(opened), (socket) => socket.close());
  const parts = { ...withLibrary, ...buildGrouping(withLibrary), wakes };
  // A model opened by the caller is not replaced.
  const modelSwitch =
    options.extractor === undefined
      ? new ModelSwitch({
          ...parts,
          configured: options.config.embed.model,
          wakes: wakes.modelSwitch,
          onResult: () => wakes.wakeClients(),
        })
      : undefined;
  const status = new DaemonStatus({ ...parts, modelSwitch });
  const statusWriter = new StatusWriter({ state, events, status: () => status.current() });
  const maintenance = new Maintenance({ ...parts, statusWriter });
  return { ...parts, modelSwitch, status, statusWriter, maintenance };
}

function buildIngest({
  config,
  library,
  state,
  log,
  clock,
  files,
  store,
  triesMax,
  isDry,
  events,
  options,
}: Shared) {
  const { settleMs, backlogFramesMax, freeBytesMin, ignore, ignoreBuiltin } = config.intake;
  const folderHints = new FolderHints(clock);
  const isKnown = async (path: string, identity: string) =>
    (await store.frames.source(path))?.identity === identity;
  const onFolder = (path: string) => folderHints.add(path);
  const intake = new Intake({ settleMs, backlogFramesMax, isKnown, onFolder }, files, clock);
  const isAccepted = fileFilter({ ignore, ignoreBuiltin });
  /** Jittered: many daemons on one disk do not scan at the same time. */
  const rescanMs = () => config.watch.rescanSeconds * 1_000 * (0.9 + 0.2 * Math.random());
  const { openWatcher = openChokidarWatcher } = options;
  const message = 'watching failed; a scan follows';
  const inboxes = new Inboxes({
    folders: config.inbox,
    files,
    clock,
    log,
    isAccepted,
    folderHints,
    rescanMs,
    outside: [library, state],
    usePolling: config.watch.usePolling,
    offer: (path) => intake.offer(path),
    whenAccepting: (signal) => intake.whenAccepting(signal),
    openWatcher: (listener) => openWatcher({ pollMs: config.watch.pollSeconds * 1_000 }, listener),
    onWatchError: (error) => events.emit('error', { where: 'watch', error, message }),
  });
  const folders = [library, state];
  const diskSpace = new DiskSpaceGuard({
    folders,
    freeBytesMin: isDry ? 0 : freeBytesMin,
    triesMax,
    files,
    clock,
    log,
  });
  return { intake, inboxes, diskSpace, isAccepted, rescanMs };
}

function buildLibrary(parts: WithIngest) {
  const { options, store, membership, files, clock, extractor, intake, isAccepted, attempt } = parts;
  const onUntrackedFile = (path: string) => void (isAccepted(basename(path)) && intake.offer(path));
  const reconciler = new Reconciler({ ...parts, onUntrackedFile });
  const reconcile = () => attempt('the library could not be scanned', () => reconciler.run());
  /** Cuts short the waits of the placement worker. */
  const stopping = new AbortController();
  const around = {
    store,
    membership,
    files,
    clock,
    events: parts.events,
    signal: stopping.signal,
    reconcile,
  };
  return {
    reconcile,
    stopping,
    placementWorker: openFiling(options, around),
    requests: parts.isDry ? undefined : openRequests(parts, around),
    tempNameCleanup: new TempNameCleanup(parts),
    manifests: new ManifestWriter({ ...parts, space: () => extractor.model.space }),
  };
}

function buildGrouping(parts: WithLibrary) {
  const { config, library, libraryState, options, resources } = parts;
  const openVerifier = () => {
    const reader = resources.use(openKeypoints(options.keypointProgram), (thread) => thread.close());
    return new KeypointVerifier({ ...parts, reader });
  };
  const groupFactory = openGroupFactory(config, library, libraryState);
  const verifier = config.grouping.keypoints ? openVerifier() : undefined;
  return {
    verifier,
    consolidator: new Consolidator({
      ...parts,
      loop: parts.turns,
      verifier,
      applyChange: (change) => applyChange(change, { ...parts, groupFactory }),
      reached: options.reached,
    }),
  };
}
