import { Command } from 'commander';
import { requireLibrary } from '../../config/paths.ts';
import { fileFilter } from '../../ingest/file-filter.ts';
import { systemClock } from '../../lib/async/clock.ts';
import { exitCodes } from '../../lib/errors.ts';
import { printable } from '../../lib/fs/byte-path.ts';
import { nodeFileSystem } from '../../lib/fs/file-system.ts';
import { type VerifyParts, type VerifyReport, verify } from '../../library/verify.ts';
import { acquireState, closeState, openReader, openState, ownerOf } from '../../storage/open.ts';
import { findModel } from '../../vision/models/registry.ts';
import { type CommonFlags, examples, print, printJson, withPlaces } from '../flags.ts';
import { existingState } from '../open-state.ts';
import { plural } from '../output/counted.ts';
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
    .option('--model <name|file>', 'the model of the state')
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

async function verifyState(flags: VerifyFlags): Promise<VerifyReport & { readonly without?: 'index' }> {
  const { state, config } = await existingState(flags);
  const library = requireLibrary(config);
  const isAccepted = fileFilter(config.intake);
  const parts = { library, files: nodeFileSystem, deep: flags.deep === true, isAccepted };
  if (ownerOf(state) !== undefined) return verifyBeside(state, parts);
  const lock = acquireState(state);
  const libraryState = await openState(state, findModel(config.embed.model));
  try {
    return await verify({ store: libraryState.store, index: libraryState.index, ...parts });
  } finally {
    await closeState(libraryState);
    lock.release();
  }
}

/**
 * A daemon works meanwhile: only a disagreement seen by two checks counts, because a single sighting may be a
 * file in transit.
 */
async function verifyBeside(
  state: string,
  parts: Omit<VerifyParts, 'store' | 'index'>,
): Promise<VerifyReport & { readonly without: 'index' }> {
  const look = async (): Promise<VerifyReport> => {
    const store = await openReader(state);
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

function describe({ frames, groups, disagreements, without }: VerifyReport & { without?: 'index' }): void {
  for (const { what, problem } of disagreements) print(`${printable(what)}: ${problem}`);
  const all = `${plural(frames, 'frame')} in ${plural(groups, 'group')}`;
  const whatAgrees = without === 'index' ? 'store and folders' : 'store, index and folders';
  if (disagreements.length === 0) print(`${whatAgrees} agree: ${all}`);
  else print(`${plural(disagreements.length, 'disagreement')}, ${all}`);
  if (without === 'index') print('a daemon works on the state: the index was not checked');
}
