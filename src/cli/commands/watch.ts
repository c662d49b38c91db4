import { mkdirSync } from 'node:fs';
import { Command } from 'commander';
import { type Daemon, openDaemon } from '../../app/daemon.ts';
import type { DaemonOptions } from '../../app/daemon-options.ts';
import type { Config } from '../../config/options.ts';
import { requireLibrary, stateOf } from '../../config/paths.ts';
import { backoffMs } from '../../lib/async/backoff.ts';
import { pause, systemClock } from '../../lib/async/clock.ts';
import { codeOf, exitCodes, FatalError, TransientError } from '../../lib/errors.ts';
import { type Logger, openLog } from '../../lib/logger.ts';
import { notifySystemd, watchdogMs } from '../../lib/systemd.ts';
import { type CommonFlags, examples, settings, withGrouping, withPlaces } from '../flags.ts';
import type { Result } from '../result.ts';
import { stopSignal } from '../signals.ts';

export function watchCommand(_: Result): Command {
  const command = new Command('watch')
    .description('File pictures as they arrive, until stopped; the command of the service.')
    .option('--inbox <dir...>', 'folders of arriving pictures')
    .option('--mode <mode>', 'how a picture enters its group: move, copy, hardlink, reflink, symlink')
    .addHelpText(
      'after',
      examples('framesort watch --inbox ~/Drop --library ~/Scenes', 'framesort watch -c framesort.yaml'),
    )
    .action(watch);
  return withGrouping(withPlaces(command));
}

async function watch(flags: CommonFlags): Promise<void> {
  const { config } = settings(flags);
  const log = openLog(config.log);
  const library = requireLibrary(config);
  const state = stateOf(config, process.env);
  if (config.inbox.length === 0) throw noInbox();
  for (const folder of config.inbox) makeInbox(folder, log);
  const stop = stopSignal(() => {
    notifySystemd('STOPPING=1');
    log.info('stopping: finishing what is under way');
  });
  const daemon = await openPatiently({ config, library, state, log }, stop);
  if (daemon === undefined) return;
  const feeding = feedWatchdog(daemon, log);
  try {
    notifySystemd('--ready', `--status=watching ${config.inbox.join(', ')}`);
    sayHello(config, library, state, log);
    await daemon.watch(stop);
  } finally {
    clearInterval(feeding);
    await daemon.close();
  }
  log.info(daemon.statistics.totals, 'stopped');
}

/** A folder that cannot be made now is made later. */
function makeInbox(folder: string, log: Logger): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    log.warn({ inbox: folder, err: error }, 'the inbox could not be made');
  }
}

/** Waits for the library's disk. Returns undefined if stopped before. */
async function openPatiently(options: DaemonOptions, stop: AbortSignal): Promise<Daemon | undefined> {
  for (let tries = 1; !stop.aborted; tries++) {
    try {
      return await openDaemon(options);
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
      options.log.error({ err: error, hint: error.hint }, 'waiting for the library');
      await pause(systemClock, backoffMs(tries), stop);
    }
  }
  return undefined;
}

/**
 * Fed from the working event loop: if the loop hangs, or the store cannot be read, systemd restarts the
 * daemon.
 */
function feedWatchdog(daemon: Daemon, log: Logger): NodeJS.Timeout | undefined {
  const everyMs = watchdogMs();
  if (everyMs === undefined) return undefined;
  const feed = async () => {
    const { store, backlog } = await daemon.status();
    notifySystemd(
      'WATCHDOG=1',
      `--status=${store.frames} frames in ${store.groups} groups, ${backlog.waiting + backlog.underWay} to do`,
    );
  };
  return setInterval(
    () => void feed().catch((err) => log.error({ err }, 'the watchdog is not fed')),
    everyMs,
  );
}

function sayHello({ inbox, mode }: Config, library: string, state: string, log: Logger): void {
  log.info({ inbox, library, state, mode }, 'watching');
  if (process.stderr.isTTY !== true) return;
  process.stderr.write(`\n  Drop pictures into   ${inbox.join(', ')}\n  They are filed into  ${library}\n`);
  process.stderr.write('  Ctrl-C stops. "framesort demo" shows how it works on a film of its own.\n\n');
}

function noInbox(): FatalError {
  return new FatalError('no inbox is set', {
    hint: 'Name one with --inbox DIR, or set inbox in the configuration.',
    exitCode: exitCodes.configuration,
  });
}
