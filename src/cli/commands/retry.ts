import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { quarantineFolder } from '../../domain/placement.ts';
import { exitCodes, FatalError } from '../../lib/errors.ts';
import { printable } from '../../lib/fs/byte-path.ts';
import { lockHolder } from '../../lib/fs/flock.ts';
import { openLmdbStore } from '../../storage/lmdb/lmdb-store.ts';
import type { Quarantined, Store } from '../../storage/store.ts';
import { findModel } from '../../vision/models/registry.ts';
import { type CommonFlags, examples, print, printJson, withPlaces } from '../flags.ts';
import { existingState } from '../open-state.ts';
import { plural } from '../output/counted.ts';
import type { Result } from '../result.ts';

interface RetryFlags extends CommonFlags {
  readonly all?: boolean;
  readonly json?: boolean;
}

export function retryCommand(_: Result): Command {
  const command = new Command('retry')
    .description('Take files out of quarantine, back to where they came from, and try them again.')
    .argument('[file...]', 'files in quarantine, by their old or new path, or by their number there')
    .option('--all', 'everything that is in quarantine')
    .option('--json', 'print one line of JSON')
    .addHelpText(
      'after',
      examples(
        'framesort retry --all --library ~/Scenes',
        'framesort retry ~/Drop/IMG_0042.jpg --library ~/Scenes',
      ),
    )
    .action(retry);
  return withPlaces(command);
}

/** Only says in the store what is wanted: the daemon does it, the one that runs or the next. */
async function retry(files: readonly string[], flags: RetryFlags): Promise<void> {
  const { state, config } = await existingState(flags);
  const { space } = findModel(config.embed.model);
  const store = openLmdbStore({ folder: join(state, 'store'), space });
  try {
    const wanted = flags.all ? inQuarantine(store) : files.map((file) => find(file, store, config.library));
    if (!flags.all && files.length === 0) throw nothingNamed();
    for (const one of wanted)
      store.commit([{ kind: 'quarantine', quarantined: { ...one, state: 'returning' } }]);
    const isRunning = lockHolder(state) !== undefined;
    if (flags.json) printJson({ retried: wanted.map(({ source }) => source), running: isRunning });
    else describe(wanted, isRunning);
  } finally {
    await store.close();
  }
}

function describe(wanted: readonly Quarantined[], isRunning: boolean): void {
  for (const { source, reason } of wanted) print(`${printable(source)}  (was: ${reason})`);
  const when = isRunning ? 'by the running daemon, at its next look' : 'at the next start';
  print(`${plural(wanted.length, 'file')} to go back to where they came from, and be tried again ${when}`);
}

/** What is under way into quarantine arrives there first. */
function inQuarantine(store: Store): Quarantined[] {
  return Array.from(store.quarantined()).filter(({ state }) => state === 'placed' || state === 'left');
}

function find(file: string, store: Store, library: string | null): Quarantined {
  const path = resolve(file);
  const found = inQuarantine(store).filter(
    ({ id, source }) =>
      String(id) === file ||
      source === path ||
      (library !== null && path.startsWith(`${resolve(library, quarantineFolder(id))}`)),
  );
  const last = found.at(-1);
  if (last !== undefined) return last;
  throw new FatalError(`retry ${file}: it is not in quarantine`, {
    hint: '"framesort status" lists what is there.',
    exitCode: exitCodes.usage,
  });
}

function nothingNamed(): FatalError {
  return new FatalError('retry: no file is named', {
    hint: 'Name files that are in quarantine, or say --all.',
    exitCode: exitCodes.usage,
  });
}
