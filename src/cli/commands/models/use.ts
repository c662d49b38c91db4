import { createInterface } from 'node:readline/promises';
import { Command } from 'commander';
import { openOfflineSwitch } from '../../../app/offline.ts';
import type { Config } from '../../../config/options.ts';
import { requireLibrary } from '../../../config/paths.ts';
import type { Thresholds } from '../../../domain/assignment/assign.ts';
import { thresholdsOf } from '../../../grouping/thresholds.ts';
import { exitCodes, FatalError } from '../../../lib/errors.ts';
import { openLog } from '../../../lib/logger.ts';
import { connect, type RequestClient } from '../../../operations/client.ts';
import { misplacedFramesIn } from '../../../operations/switch-model/misplaced-frames.ts';
import { SwitchClient } from '../../../operations/switch-model/switch-client.ts';
import { modelPath } from '../../../operations/switch-model/switch-request.ts';
import type { StoreReader } from '../../../storage/store.ts';
import { modelOf, withFittingCalibration } from '../../../vision/models/configured-model.ts';
import type { Model } from '../../../vision/models/descriptor.ts';
import { type CommonFlags, examples, print, printJson, settings, withPlaces } from '../../flags.ts';
import { existingState } from '../../open-state.ts';
import { changedLines, reportLines, type UseReport } from '../../output/model-switch.ts';
import { startProgress } from '../../output/progress.ts';
import type { Result } from '../../result.ts';
import { stopSignal } from '../../signals.ts';

interface UseFlags extends CommonFlags {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

interface UseParts {
  readonly flags: UseFlags;
  readonly state: string;
  readonly library: string;
  /** With the model to come. */
  readonly config: Config;
  /** With the model in use. */
  readonly before: Config;
  /** The model named by the configuration. */
  readonly configured: string;
  readonly model: Model;
  readonly limits: Thresholds;
  readonly signal: AbortSignal;
  readonly result: Result;
}

export function modelsUseCommand(result: Result): Command {
  const command = new Command('use')
    .description('Embed a library with another model, list the changes, and switch.')
    .argument('<name|file>', 'the name of a model, or a model.json')
    .option('--yes', 'switch without a question')
    .option('--dry-run', 'embed and list the changes, without a switch')
    .option('--json', 'print one line of JSON')
    .addHelpText(
      'after',
      `\nPictures stay where they are, in their groups; the model decides for those that come. What was embedded is kept
when this is cut, and so are the vectors of the model before: going back needs only those of pictures that came since.
A daemon goes on filing meanwhile and embeds behind that; this command waits for it. A model that is not calibrated needs
what "framesort tune" makes as grouping.calibration, or grouping.joinSimilarity.\n${examples(
        'framesort models use ./model.json --library ~/Scenes --dry-run',
        'framesort models use builtin --library ~/Scenes --yes',
      )}`,
    )
    .action((name: string, flags: UseFlags) => use(name, flags, result));
  return withPlaces(command);
}

async function use(name: string, flags: UseFlags, result: Result): Promise<void> {
  const { state, config: before, configured } = await existingState(flags);
  const config = withFittingCalibration(settings({ ...flags, model: modelPath(name) }).config);
  const model = modelOf(config);
  const limits = thresholdsOf(config, model); // says at once when the model is not calibrated
  const [library, signal] = [requireLibrary(before), stopSignal()];
  const parts: UseParts = {
    flags,
    state,
    library,
    config,
    before,
    configured,
    model,
    limits,
    signal,
    result,
  };
  const client = await connectFor(parts);
  try {
    await switchModel(client, parts);
  } finally {
    await client.close();
  }
}

/** Waits for a killed daemon instead of taking its work over. */
function connectFor(parts: UseParts): Promise<RequestClient> {
  const { state, library, signal, config } = parts;
  const log = openLog({ ...config.log, level: 'warn' });
  const openOffline: Parameters<typeof connect>[0]['openOffline'] = (store) =>
    openOfflineSwitch(store, { ...parts, log });
  return connect({ state, library, signal, openOffline, takesOver: false });
}

async function switchModel(client: RequestClient, parts: UseParts): Promise<void> {
  const { flags, model, config, signal } = parts;
  const { store, isBeside } = client;
  const switching = new SwitchClient(client);
  const before = await embeddedOf(store, model);
  if (isBeside && !flags.json)
    process.stderr.write('the daemon embeds behind its work; Ctrl-C here leaves it at that\n');
  const { calibration, joinSimilarity } = config.grouping;
  const wanted = { model: config.embed.model, calibration, joinSimilarity };
  try {
    if (!(await withProgress(client, model, () => switching.embed(wanted))))
      return await printStopped(client, parts);
    const embedded = Math.max(0, (await embeddedOf(store, model)) - before);
    const confirm = () => withProgress(client, model, () => switching.confirm());
    const isChanged = await printAndSwitch(store, parts, embedded, confirm);
    if (isChanged || !signal.aborted) await switching.withdraw();
  } finally {
    if (!isBeside) await switching.withdraw(); // a daemon goes on after an interruption; without a daemon nobody would
  }
}

async function withProgress(
  { store }: RequestClient,
  model: Model,
  wait: () => Promise<boolean>,
): Promise<boolean> {
  const progress = startProgress(async () => ({
    done: await embeddedOf(store, model),
    known: (await store.counts()).frames,
  }));
  try {
    return await wait();
  } finally {
    progress.stop();
  }
}

/**
 * Prints the changes. Then switches to the model, if the user wants the switch and the model is not in use.
 */
async function printAndSwitch(
  store: StoreReader,
  parts: UseParts,
  embedded: number,
  change: () => Promise<boolean>,
): Promise<boolean> {
  const { flags, config, model, configured } = parts;
  const [inUse = ''] = await store.spaces.list();
  const isInUse = inUse === model.space.id;
  const report = await reportOf(embedded, store, parts);
  if (!flags.json) (await reportLines(report, store, isInUse)).forEach(print);
  const isChanged = !isInUse && (await isAccepted(flags)) && (await change());
  if (flags.json) printJson({ ...report, inUse: isInUse || isChanged });
  else if (isChanged) changedLines(config.embed.model, inUse, configured).forEach(print);
  return isChanged;
}

async function reportOf(embedded: number, store: StoreReader, parts: UseParts): Promise<UseReport> {
  const { config, model, limits, before } = parts;
  return {
    model: config.embed.model,
    frames: await embeddedOf(store, model),
    embedded,
    misfits: await misplacedFramesIn(model.space, limits.join, store),
    misfitsBefore: await misplacedNow(before, store),
  };
}

/** Returns undefined if the model in use is not the configured model, or is not installed. */
async function misplacedNow(config: Config, store: StoreReader): Promise<number | undefined> {
  try {
    const model = modelOf(config);
    const isInUse = (await store.spaces.list())[0] === model.space.id;
    if (!isInUse) return undefined;
    return (await misplacedFramesIn(model.space, thresholdsOf(config, model).join, store)).length;
  } catch (error) {
    if (error instanceof FatalError) return undefined;
    throw error;
  }
}

async function isAccepted({ yes, dryRun, json }: UseFlags): Promise<boolean> {
  if (dryRun) return false;
  if (yes) return true;
  if (json || process.stdin.isTTY !== true) {
    if (!json) print('nothing was changed; add --yes to switch');
    return false;
  }
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await asking.question('Change to it? [y/N] ');
  asking.close();
  return /^y(es)?$/i.test(answer.trim());
}

/** Returns the number of frames with a vector of the model. */
async function embeddedOf({ spaces }: StoreReader, { space }: Model): Promise<number> {
  return (await spaces.list()).includes(space.id) ? await spaces.count(space.id) : 0;
}

async function printStopped({ store, isBeside }: RequestClient, parts: UseParts): Promise<void> {
  const { config, model, flags, result } = parts;
  const [done, { frames }] = [await embeddedOf(store, model), await store.counts()];
  const next = isBeside
    ? 'the daemon goes on; run it again to see what would change, and to change'
    : 'run it again to go on';
  result.exitCode = exitCodes.partly;
  if (flags.json) printJson({ model: config.embed.model, frames, done, inUse: false });
  else print(`stopped: ${done} of ${frames} pictures are embedded; ${next}`);
}
