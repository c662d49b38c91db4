import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { Command } from 'commander';
import { fillSpace, type Unreadable } from '../../change-space.ts';
import type { Config } from '../../config/options.ts';
import { requireLibrary } from '../../config/places.ts';
import type { Limits } from '../../domain/assign.ts';
import type { Embedding } from '../../domain/embedding.ts';
import type { FrameId } from '../../domain/frame.ts';
import type { GroupId } from '../../domain/group.ts';
import { type Misfit, misfits } from '../../domain/misfits.ts';
import type { Model } from '../../embed/descriptor.ts';
import { printable } from '../../lib/byte-path.ts';
import { systemClock } from '../../lib/clock.ts';
import { exitCodes, TransientError } from '../../lib/errors.ts';
import { realFiles } from '../../lib/files.ts';
import { acquireLock } from '../../lib/lock.ts';
import { type Logger, openLog } from '../../lib/logger.ts';
import { Reconciler } from '../../reconcile.ts';
import { openStoreAsItIs } from '../../store/lmdb-store.ts';
import type { Store } from '../../store/store.ts';
import { Graph } from '../../vectors/graph.ts';
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
kept, so that going back is done at once. Stop the daemon first.\n${examples(
        'framesort models use clip-vit-b32 --library ~/Scenes',
        'framesort models use builtin --library ~/Scenes --yes',
      )}`,
    )
    .action((name: string, flags: UseFlags) => use(name, flags, result));
  return withPlaces(command);
}

/** What was done, and what would be elsewhere. */
interface Report {
  readonly model: string;
  readonly frames: number;
  readonly embedded: number;
  readonly misfits: readonly Misfit[];
  /** How many there are by the model in use, where its description is at hand. */
  readonly misfitsBefore: number | undefined;
}

async function use(name: string, flags: UseFlags, result: Result): Promise<void> {
  const { state, config: before } = existingState(flags);
  const { config } = settings({ ...flags, model: name });
  const library = requireLibrary(before);
  const lock = acquireLock(state);
  const eyes = await openEyes(config);
  try {
    const limits = limitsOf(config, eyes.model); // says at once when the model is not calibrated
    const parts = {
      name,
      flags,
      before,
      library,
      eyes,
      limits,
      log: openLog({ ...config.log, level: 'warn' }),
    };
    const store = openStoreAsItIs(join(state, 'store'));
    const isChanged = await change(store, parts, result).finally(() => store.close());
    if (isChanged) await buildIndex(state, eyes.model);
  } finally {
    await eyes.close();
    lock.release();
  }
}

interface UseParts {
  readonly name: string;
  readonly flags: UseFlags;
  readonly before: Config;
  readonly library: string;
  readonly eyes: Eyes;
  readonly limits: Limits;
  readonly log: Logger;
}

/** Whether decisions use another space now. */
async function change(store: Store, parts: UseParts, result: Result): Promise<boolean> {
  const { name, flags, before, library, eyes, limits } = parts;
  const signal = stopSignal();
  openOwnLibrary(library, store);
  const embedded = await fill(store, parts, signal);
  if (signal.aborted) {
    result.exitCode = exitCodes.partly;
    tellStop(store, eyes, flags);
    return false;
  }
  const [inUse] = store.spaces.list();
  const isInUse = inUse === eyes.model.space.id;
  const report = {
    model: name,
    frames: store.counts().frames,
    embedded,
    misfits: misfitsBy(eyes.model, limits, store),
    misfitsBefore: misfitsNow(before, store),
  };
  if (!flags.json) describe(report, store, isInUse);
  const isChanged = !isInUse && (await isWanted(flags));
  if (isChanged) store.spaces.activate(eyes.model.space);
  if (flags.json) printJson({ ...report, inUse: isInUse || isChanged });
  else if (isChanged) tellChange(name, inUse, before.embed.model);
  return isChanged;
}

/** Opening it builds what is missing. */
async function buildIndex(state: string, model: Model): Promise<void> {
  const memory = await openMemory(state, model);
  await memory.index.settle();
  await closeMemory(memory);
}

/** How many pictures were embedded. What can't be read is looked for where a person may have put it. */
async function fill(store: Store, { library, eyes, log }: UseParts, signal: AbortSignal): Promise<number> {
  const parts = { store, library, eyes, files: realFiles };
  const frames = store.counts().frames;
  let done = store.spaces.list().includes(eyes.model.space.id) ? store.spaces.count(eyes.model.space.id) : 0;
  const progress = startProgress(() => ({ done, known: frames }));
  try {
    const count = (more: number) => {
      done += more;
    };
    const first = await fillSpace(parts, signal, count);
    if (first.unreadable.length === 0 || signal.aborted) return first.embedded;
    const catalogue = readCatalogue(store);
    const reconciler = new Reconciler({
      store,
      catalogue,
      files: realFiles,
      library,
      clock: systemClock,
      log,
    });
    for (let look = 0; look < 2; look++) await reconciler.run(); // what is missing still is gone
    const second = await fillSpace(parts, signal, count);
    if (second.unreadable.length > 0) throw stillUnreadable(second.unreadable);
    return first.embedded + second.embedded;
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

/** Most similar frames that are looked at. */
const neighboursMax = 64;

/** Which frames would be elsewhere by a model whose vectors the store has. */
function misfitsBy({ space }: Model, { join }: Limits, store: Store): Misfit[] {
  const groupOf = new Map<FrameId, GroupId>();
  for (const { frame, group } of store.memberships()) groupOf.set(frame, group);
  const all = Array.from(store.spaces.beside(space).embeddings(0 as FrameId));
  const graph = new Graph(space.dimensions);
  for (const { frame, embedding } of all) graph.add(frame, embedding);
  const grouped = all.map((one) => ({ ...one, group: groupOf.get(one.frame) as GroupId }));
  const near = (embedding: Embedding) => graph.search(embedding, neighboursMax, -1);
  return Array.from(misfits(grouped, near, (frame) => groupOf.get(frame), join));
}

/** Undefined when the configuration names another model than the store's decisions were made with. */
function misfitsNow(config: Config, store: Store): number | undefined {
  const model = modelOf(config);
  const isInUse = store.spaces.list()[0] === model.space.id;
  return isInUse ? misfitsBy(model, limitsOf(config, model), store).length : undefined;
}

const shownMax = 10;

function describe(
  { model, frames, embedded, misfits, misfitsBefore }: Report,
  store: Store,
  isInUse: boolean,
): void {
  print(`${frames} pictures have a vector of ${model}; ${embedded} were embedded now`);
  const alone = misfits.filter(({ better }) => better === undefined).length;
  print(
    `decided anew with it, ${misfits.length - alone} pictures would be in another group and ${alone} in one of their own`,
  );
  if (misfitsBefore !== undefined && !isInUse) print(`(with the model in use, ${misfitsBefore} would)`);
  const folders = new Map(Array.from(store.groups(), ({ id, folder }) => [id, folder]));
  const folderOf = (group: GroupId | undefined) =>
    group === undefined ? 'a new group' : printable(folders.get(group) ?? '');
  for (const { frame, group, better } of misfits.slice(0, shownMax)) {
    const name = printable(store.filing(frame)?.placement.name ?? '');
    print(`  ${folderOf(group)}/${name} → ${folderOf(better)}`);
  }
  if (misfits.length > shownMax) print(`  and ${misfits.length - shownMax} more`);
  print('pictures that are filed stay where they are; the model decides for those that come');
  if (isInUse) print(`${model} is in use`);
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

function tellChange(name: string, previous: string | undefined, configured: string): void {
  print(`${name} is in use from now on`);
  print(`the vectors of ${previous} are kept: "framesort models use" with that model goes back at once`);
  if (configured !== name) print(`Set embed.model to ${name} in the configuration before the daemon starts.`);
}
