import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import type { Config } from '../../config/options.ts';
import { codeOf, exitCodes, FatalError, messageOf } from '../../lib/errors.ts';
import { nodeFileSystem } from '../../lib/fs/file-system.ts';
import { copyStoreOf, openReader, storeBytes } from '../../storage/open.ts';
import { type CommonFlags, examples, print, printJson, withPlaces } from '../flags.ts';
import { existingState } from '../open-state.ts';
import type { Result } from '../result.ts';

interface BackupFlags extends CommonFlags {
  readonly json?: boolean;
}

export function backupCommand(_: Result): Command {
  const command = new Command('backup')
    .description('Copy the state as of one moment into an empty folder, beside a daemon too.')
    .argument('<dir>', 'an empty folder; made if missing')
    .option('--json', 'print one line of JSON')
    .addHelpText(
      'after',
      examples(
        'framesort backup /mnt/backup/scenes-2024-06-01 --library ~/Scenes',
        'framesort backup "$(date +%F)" -c framesort.yaml',
      ),
    )
    .action(backup);
  return withPlaces(command);
}

/** A backup is complete or absent: the copy gets its name when all bytes are on disk. */
async function backup(dir: string, flags: BackupFlags): Promise<void> {
  const { state, config } = await existingState(flags);
  const [target, draft] = [resolve(dir), join(resolve(dir), 'unfinished')];
  makeEmpty(target);
  try {
    await copyStoreOf(state, draft);
    const facts = await factsOf(draft, config);
    writeFileSync(join(target, 'backup.json'), `${JSON.stringify(facts, null, 2)}\n`);
    renameSync(join(draft, 'store'), join(target, 'store'));
    rmdirSync(draft);
    await nodeFileSystem.syncFolder(target);
    const bytes = storeBytes(target);
    if (flags.json) printJson({ ...facts, folder: target, bytes });
    else describe(target, facts.frames, bytes);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw failed(target, error);
  }
}

async function factsOf(state: string, { library }: Config) {
  const reader = await openReader(state);
  try {
    const { frames, groups } = await reader.counts();
    return { made: new Date().toISOString(), library, frames, groups };
  } finally {
    await reader.close();
  }
}

function describe(target: string, frames: number, bytes: number): void {
  print(`${frames} frames, ${Math.ceil(bytes / 1024)} KiB in ${target}`);
  print('To restore: stop the daemon, move the state folder away, and put this folder in its place.');
}

function makeEmpty(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw failed(folder, error);
  }
  if (!existsSync(folder) || readdirSync(folder).length === 0) return;
  throw new FatalError(`back up into ${folder}: there is something in it`, {
    hint: 'Name a folder that is empty or not there yet: a backup replaces nothing.',
    exitCode: exitCodes.usage,
  });
}

function failed(folder: string, error: unknown): unknown {
  if (error instanceof FatalError || codeOf(error) === undefined) return error;
  return new FatalError(`back up into ${folder}: ${messageOf(error)}`, {
    cause: error,
    hint: 'Name a folder that may be written, on a disk with room for the state.',
    exitCode: codeOf(error) === 'ENOSPC' ? exitCodes.tryAgain : exitCodes.failed,
  });
}
