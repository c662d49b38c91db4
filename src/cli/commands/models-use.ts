import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { Command } from 'commander';
import { type Filled, fillSpace, misfitsIn, type Unreadable } from '../../change-space.ts';
import type { Config } from '../../config/options.ts';
import { requireLibrary } from '../../config/places.ts';
import type { Limits } from '../../domain/assign.ts';
import type { Model } from '../../embed/descriptor.ts';
import { printable } from '../../lib/byte-path.ts';
import { systemClock } from '../../lib/clock.ts';
import { Closers } from '../../lib/closers.ts';
import { exitCodes, FatalError, TransientError } from '../../lib/errors.ts';
import { realFiles } from '../../lib/files.ts';
import { acquireLock } from '../../lib/lock.ts';
import { type Logger, openLog } from '../../lib/logger.ts';
import { Reconciler } from '../../reconcile.ts';
import { openStoreAsItIs } from '../../store/lmdb-store.ts';
import type { Store } from '../../store/store.ts';
import {
  closeMemory,
  type Eyes,
  limitsOf,
  modelOf,
  openEyes,
  openMemory,
  openOwnLibrary,
  readCatalogue,
} from '../../workshop.ts';
import { changedLines, reportLines, type UseReport } from '../model-use-text.ts';
import { startProgress } from '../progress.ts';
import type { Result } from '../result.ts';
import { type CommonFlags, examples, print, printJson, settings, withPlaces } from '../settings.ts';
import { existingState } from '../state.ts';
import { stopSignal } from '../stop.ts';

interface UseFlags extends CommonFlags {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function modelsUseCommand(result: Result): Command {
  const command = new Command('use')
    .description('Embed a library anew with another model, tell what would change, and change to it.')
    .argument('<name|file>', 'a model by its name, or its model.json')
    .option('--yes', 'change without asking')
    .option('--dry-run', 'embed and tell, but do not change')
    .option('--json', 'print one line of JSON')
    .addHelpText(
      'after',
      `\nPictures stay where they are. A run that was cut goes on where it was; the vectors of the model before are
kept, so that going back is done at once. Stop the daemon first. A model that is not calibrated needs what
"framesort tune" makes as grouping.calibration, or grouping.joinSimilarity.\n${examples(
        'framesort models use ./model.json --library ~/Scenes --dry-run',
        'framesort models use builtin --library ~/Scenes --yes',
      )}`,
    )
    .action((name: string, flags: UseFlags) => use(name, flags, result));
  return withPlaces(command);
}

interface UseParts {
  readonly name: string;
  readonly flags: UseFlags;
  /** As configured, without the model to come. */
  readonly before: Config;
  readonly library: string;
  readonly eyes: Eyes;
  readonly limits: Limits;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

async function use(name: string, flags: UseFlags, result: Result): Promise<void> {
  const { state, config: before } = existingState(flags);
  const { config } = settings({ ...flags, model: name });
  const library = requireLibrary(before);
  const signal = stopSignal();
  const log = openLog({ ...config.log, level: 'warn' });
  const closers = new Closers();
  try {
    closers.own(acquireLock(state), (lock) => lock.release());
    const eyes = closers.own(await openEyes(config), (opened) => opened.close());
    const limits = limitsOf(config, eyes.model); // says at once when the model is not calibrated
    const parts = { name, flags, before, library, eyes, limits, log, signal };
    const store = openStoreAsItIs(join(state, 'store'));
    const isChanged = await change(store, parts, result).finally(() => store.close());
    if (isChanged) await buildIndex(state, eyes.model);
  } finally {
    await closers.close();
  }
}

/** Whether decisions use another space now. */
async function change(store: Store, parts: UseParts, result: Result): Promise<boolean> {
  const { name, flags, before, library, eyes } = parts;
  openOwnLibrary(library, store);
  const { embedded, unreadable } = await fill(store, parts);
  if (parts.signal.aborted) {
    result.exitCode = exitCodes.partly;
    tellStop(store, eyes, flags);
    return false;
  }
  if (unreadable.length > 0) throw stillUnreadable(unreadable);
  const [inUse] = store.spaces.list();
  const isInUse = inUse === eyes.model.space.id;
  const report = reportOf(embedded, store, parts);
  if (!flags.json) reportLines(report, store, isInUse).forEach(print);
  const isChanged = !isInUse && (await isWanted(flags));
  if (isChanged) store.spaces.activate(eyes.model.space);
  if (flags.json) printJson({ ...report, inUse: isInUse || isChanged });
  else if (isChanged) changedLines(name, inUse, before.embed.model).forEach(print);
  return isChanged;
}

/** Opening it builds what is missing. */
async function buildIndex(state: string, model: Model): Promise<void> {
  const memory = await openMemory(state, model);
  await memory.index.settle();
  await closeMemory(memory);
}

async function fill(store: Store, { library, eyes, log, signal }: UseParts): Promise<Filled> {
  const files = realFiles;
  const catalogue = readCatalogue(store);
  const reconciler = new Reconciler({ store, catalogue, files, library, clock: systemClock, log });
  const { id } = eyes.model.space;
  let done = store.spaces.list().includes(id) ? store.spaces.count(id) : 0;
  const known = store.counts().frames;
  const progress = startProgress(() => ({ done, known }));
  try {
    const parts = { store, library, eyes, files, reconcile: () => reconciler.run() };
    return await fillSpace(parts, signal, (more) => {
      done += more;
    });
  } finally {
    progress.stop();
  }
}

function stillUnreadable(unreadable: readonly Unreadable[]): TransientError {
  const [first] = unreadable as [Unreadable];
  const others = unreadable.length > 1 ? `, and ${unreadable.length - 1} more` : '';
  return new TransientError(
    `embed anew: ${printable(first.path)} can't be read${others}: ${first.message}. Nothing was changed`,
    { hint: 'Make the pictures readable, or take them out of the library, and run this again: it goes on.' },
  );
}

function reportOf(embedded: number, store: Store, { name, eyes, limits, before }: UseParts): UseReport {
  return {
    model: name,
    frames: store.counts().frames,
    embedded,
    misfits: misfitsIn(eyes.model.space, limits.join, store),
    misfitsBefore: misfitsNow(before, store),
  };
}

/** Undefined when the model in use is not the configured one, or is not at hand any more. */
function misfitsNow(config: Config, store: Store): number | undefined {
  try {
    const model = modelOf(config);
    const isInUse = store.spaces.list()[0] === model.space.id;
    return isInUse ? misfitsIn(model.space, limitsOf(config, model).join, store).length : undefined;
  } catch (error) {
    if (error instanceof FatalError) return undefined;
    throw error;
  }
}

async function isWanted({ yes, dryRun, json }: UseFlags): Promise<boolean> {
  if (dryRun) return false;
  if (yes) return true;
  if (json || process.stdin.isTTY !== true) {
    if (!json) print('nothing was changed; add --yes to change to it');
    return false;
  }
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await asking.question('Change to it? [y/N] ');
  asking.close();
  return /^y(es)?$/i.test(answer.trim());
}

function tellStop(store: Store, { model }: Eyes, { json }: UseFlags): void {
  const done = store.spaces.count(model.space.id);
  const { frames } = store.counts();
  if (json) printJson({ model: model.descriptor.name, frames, done, inUse: false });
  else print(`stopped: ${done} of ${frames} pictures are embedded; run it again to go on`);
}
