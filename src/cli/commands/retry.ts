import { resolve } from 'node:path';
import { Command } from 'commander';
import { openOfflineStore } from '../../app/offline.ts';
import { quarantineFolder } from '../../domain/placement.ts';
import { exitCodes, FatalError } from '../../lib/errors.ts';
import { printable } from '../../lib/fs/byte-path.ts';
import { openLog } from '../../lib/logger.ts';
import { connect } from '../../operations/client.ts';
import { inQuarantine } from '../../operations/retry-quarantined.ts';
import type { Quarantined, Store, StoreReader } from '../../storage/store.ts';
import { type CommonFlags, examples, print, printJson, withPlaces } from '../flags.ts';
import { existingState } from '../open-state.ts';
import { plural } from '../output/counted.ts';
import type { Result } from '../result.ts';
import { stopSignal } from '../signals.ts';

interface RetryFlags extends CommonFlags {
  readonly all?: boolean;
  readonly json?: boolean;
}

export function retryCommand(_: Result): Command {
  const command = new Command('retry')
    .description('Return files from quarantine to the inbox for another try.')
    .argument('[file...]', 'files in quarantine, by old path, new path or number')
    .option('--all', 'all files in quarantine')
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

/** Submits the request. The daemon releases the files at the next scan or at the next start. */
async function retry(files: readonly string[], flags: RetryFlags): Promise<void> {
  const { state, config } = await existingState(flags);
  const log = openLog({ ...config.log, level: 'warn' });
  const openOffline = (store: Store) => openOfflineStore(store, log);
  const client = await connect({ state, signal: stopSignal(), openOffline });
  try {
    const { store, isBeside } = client;
    const wanted = flags.all
      ? await inQuarantine(store)
      : await Promise.all(files.map((file) => find(file, store, config.library)));
    if (!flags.all && files.length === 0) throw nothingNamed();
    await client.request({ kind: 'retry', quarantined: wanted.map(({ id }) => id) });
    if (flags.json) printJson({ retried: wanted.map(({ source }) => source), running: isBeside });
    else describe(wanted, isBeside);
  } finally {
    await client.close();
  }
}

function describe(wanted: readonly Quarantined[], isRunning: boolean): void {
  for (const { source, reason } of wanted) print(`${printable(source)}  (was: ${reason})`);
  const when = isRunning ? 'by the running daemon, at its next look' : 'at the next start';
  print(`${plural(wanted.length, 'file')} to go back to where they came from, and be tried again ${when}`);
}

async function find(file: string, store: StoreReader, library: string | null): Promise<Quarantined> {
  const path = resolve(file);
  const found = (await inQuarantine(store)).filter(
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
