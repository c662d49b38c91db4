import { join } from 'node:path';
import { Command } from 'commander';
import { requireLibrary } from '../../config/paths.ts';
import { closeMemory, openMemory } from '../../grouping/open.ts';
import { wantedNames } from '../../ingest/file-filter.ts';
import { systemClock } from '../../lib/async/clock.ts';
import { exitCodes } from '../../lib/errors.ts';
import { printable } from '../../lib/fs/byte-path.ts';
import { realFiles } from '../../lib/fs/file-system.ts';
import { acquireLock, lockHolder } from '../../lib/fs/flock.ts';
import { type Verdict, type VerifyParts, verify } from '../../library/verify.ts';
import { openStoreReader } from '../../storage/lmdb/lmdb-store.ts';
import { findModel } from '../../vision/models/registry.ts';
import { type CommonFlags, examples, print, printJson, withPlaces } from '../flags.ts';
import { existingState } from '../open-state.ts';
import { counted } from '../output/counted.ts';
import type { Result } from '../result.ts';

interface VerifyFlags extends CommonFlags {
  readonly deep?: boolean;
  readonly json?: boolean;
}

const betweenLooksMs = 2_000;

export function verifyCommand(result: Result): Command {
  const command = new Command('verify')
    .description('Check that store, index and folders agree. Changes nothing.')
    .option('--deep', 'read every picture and compare its content too')
    .option('--model <name|file>', 'the model that made the state')
    .option('--json', 'print one line of JSON')
    .addHelpText(
      'after',
      examples('framesort verify --library ~/Scenes', 'framesort verify --deep -c framesort.yaml'),
    )
    .action(async (flags: VerifyFlags) => {
      const verdict = await verifyState(flags);
      result.exitCode = verdict.disagreements.length === 0 ? exitCodes.ok : exitCodes.failed;
      if (flags.json) printJson(verdict);
      else describe(verdict);
    });
  return withPlaces(command);
}

async function verifyState(flags: VerifyFlags): Promise<Verdict & { readonly without?: 'index' }> {
  const { state, config } = await existingState(flags);
  const library = requireLibrary(config);
  const isWanted = wantedNames(config.intake.ignore);
  const parts = { library, files: realFiles, deep: flags.deep === true, isWanted };
  if (lockHolder(state) !== undefined) return verifyBeside(state, parts);
  const lock = acquireLock(state);
  const memory = await openMemory(state, findModel(config.embed.model));
  try {
    return await verify({ ...memory, ...parts });
  } finally {
    await closeMemory(memory);
    lock.release();
  }
}

/** A daemon goes on working meanwhile: what two looks find is a disagreement, what only one does was on its way. */
async function verifyBeside(
  state: string,
  parts: Omit<VerifyParts, 'store' | 'index'>,
): Promise<Verdict & { readonly without: 'index' }> {
  const look = async (): Promise<Verdict> => {
    const store = openStoreReader(join(state, 'store'));
    try {
      return await verify({ ...parts, store, index: undefined, isRunning: true });
    } finally {
      await store.close();
    }
  };
  const first = await look();
  await systemClock.sleep(betweenLooksMs);
  const second = first.disagreements.length === 0 ? first : await look();
  const seen = new Set(first.disagreements.map(({ what, problem }) => `${what} ${problem}`));
  const disagreements = second.disagreements.filter(({ what, problem }) => seen.has(`${what} ${problem}`));
  return { ...second, disagreements, without: 'index' };
}

function describe({ frames, groups, disagreements, without }: Verdict & { without?: 'index' }): void {
  for (const { what, problem } of disagreements) print(`${printable(what)}: ${problem}`);
  const all = `${counted(frames, 'frame')} in ${counted(groups, 'group')}`;
  const whatAgrees = without === 'index' ? 'store and folders' : 'store, index and folders';
  if (disagreements.length === 0) print(`${whatAgrees} agree: ${all}`);
  else print(`${counted(disagreements.length, 'disagreement')}, ${all}`);
  if (without === 'index') print('a daemon works on the state, so its index was not looked at');
}
