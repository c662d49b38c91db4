import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { type Daemon, openDaemon } from '../../app/daemon.ts';
import { stateInside } from '../../config/paths.ts';
import { exitCodes, FatalError } from '../../lib/errors.ts';
import { printable } from '../../lib/fs/byte-path.ts';
import { openLog } from '../../lib/logger.ts';
import type { Events, FiledFrame } from '../../monitoring/events.ts';
import { copyStoreOf, storeExists } from '../../storage/open.ts';
import { type CommonFlags, examples, print, printJson, settings, withGrouping } from '../flags.ts';
import { explainConsolidation } from '../output/consolidation.ts';
import { plural } from '../output/counted.ts';
import { startProgress } from '../output/progress.ts';
import type { Result } from '../result.ts';
import { stopSignal } from '../signals.ts';

interface SortFlags extends CommonFlags {
  readonly json?: boolean;
  readonly dryRun?: boolean;
  readonly verbose?: boolean;
}

/** For a file just written in place: long enough to see the end of a copy. */
const settleMs = 1_000;

/** Tries of a refusing disk before the run is given up; nothing is lost, the next run goes on. */
const triesMax = 4;

/** Maximum number of lines about unfiled files. */
const toldMax = 20;

export function sortCommand(result: Result): Command {
  const command = new Command('sort')
    .description('File the pictures of a folder, then print a summary.')
    .argument('<inbox>', 'the folder with the pictures, and its sub-folders')
    .argument('<library>', 'the folder for the groups; made if missing')
    .option('--mode <mode>', 'how a picture enters its group: move, copy, hardlink, reflink, symlink')
    .option('--state <dir>', 'where the store lives (default: inside the library)')
    .option('-c, --config <file>', 'read the configuration from this file')
    .option('-n, --dry-run', 'print the plan, change nothing')
    .option('--json', 'print the summary as one line of JSON')
    .option('-v, --verbose', 'log a line for each picture')
    .addHelpText(
      'after',
      examples('framesort sort ~/Drop ~/Scenes --mode copy', 'framesort sort frames scenes --dry-run'),
    )
    .action(async (inbox: string, library: string, flags: SortFlags) => {
      result.exitCode = await sort(inbox, library, flags);
    });
  return withGrouping(command);
}

async function sort(inbox: string, library: string, flags: SortFlags): Promise<number> {
  requireFolder(inbox);
  if (flags.dryRun) return await rehearse(inbox, library, flags);
  return await sortInto(inbox, library, resolve(flags.state ?? stateInside(library)), flags);
}

/** Decides on a temporary copy of the state. */
async function rehearse(inbox: string, library: string, flags: SortFlags): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'framesort-'));
  try {
    const state = resolve(flags.state ?? stateInside(library));
    if (storeExists(state)) await copyStoreOf(state, folder);
    return await sortInto(inbox, library, folder, flags);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function sortInto(inbox: string, library: string, state: string, flags: SortFlags): Promise<number> {
  const level = flags.verbose ? 'info' : 'warn';
  const own = { 'intake.incompleteMs': 0, 'intake.settleMs': settleMs, 'log.level': level };
  const { config } = settings({ ...flags, inbox: [inbox], library, state }, own);
  const dryRun = flags.dryRun === true;
  const log = openLog(config.log);
  const options = { config, library: resolve(library), state, log, triesMax, dryRun };
  const startedMs = performance.now();
  const daemon = await openDaemon(options);
  if (dryRun && !flags.json) printPlan(daemon.events);
  const progress = startProgress(() => progressOf(daemon));
  try {
    await daemon.sortOnce(stopSignal());
  } finally {
    progress.stop();
    await daemon.close();
  }
  const places = `--library ${library}${flags.state === undefined ? '' : ` --state ${state}`}`;
  return summarise(daemon, (performance.now() - startedMs) / 1000, flags, places);
}

/** Prints a line for each decision. */
function printPlan(events: Events): void {
  events.on('frame.quarantined', ({ source, message }) =>
    print(`${printable(source)}  ->  quarantine: ${message}`),
  );
  const printFiled = ({ decision: { frame, placement, founded } }: FiledFrame) => {
    const how = founded === undefined ? 'joins' : 'founds';
    print(`${printable(frame.source)}  ->  ${printable(join(placement.folder, placement.name))}  (${how})`);
  };
  events.on('frame.filed', printFiled);
  events.on('frame.adopted', printFiled);
}

function progressOf(daemon: Daemon) {
  const { frames, adopted, quarantined, skipped } = daemon.statistics.totals;
  const { waiting, underWay } = daemon.backlog;
  const done = frames + adopted + quarantined + skipped;
  return { done, known: done + waiting + underWay };
}

/** `places`: flags for other commands to find the library. */
function summarise(daemon: Daemon, seconds: number, flags: SortFlags, places: string): number {
  const { frames, joined, founded, adopted, resumed, quarantined, skipped } = daemon.statistics.totals;
  const { problems, odd } = daemon;
  const groups = daemon.groupCount;
  tell(problems.map(({ what, message }) => `not filed: ${printable(what)}: ${printable(message)}`));
  tell(odd.map(({ path, reason }) => `left alone: ${printable(path)}: ${reason}`));
  const left = problems.length;
  const sum = { frames, groups, joined, founded, adopted, resumed, quarantined, left };
  const { consolidated } = daemon;
  const rounded = Number(seconds.toFixed(2));
  if (flags.json) printJson({ ...sum, seconds: rounded, skipped, consolidated });
  else {
    printSummary(flags.dryRun === true, sum, rounded);
    const lines = explainConsolidation(consolidated, flags.dryRun === true, places);
    for (const line of lines) print(line);
  }
  return quarantined + left > 0 ? exitCodes.partly : exitCodes.ok;
}

/** Prints the first lines only: a whole folder can fail for one reason. */
function tell(lines: readonly string[]): void {
  for (const line of lines.slice(0, toldMax)) process.stderr.write(`${line}\n`);
  if (lines.length > toldMax) process.stderr.write(`… and ${lines.length - toldMax} more like these\n`);
}

type Sum = Record<
  'frames' | 'groups' | 'joined' | 'founded' | 'adopted' | 'resumed' | 'quarantined' | 'left',
  number
>;

function printSummary(isDry: boolean, sum: Sum, seconds: number): void {
  const filed = isDry ? 'would be filed (nothing was changed), decided' : 'filed';
  if (sum.resumed > 0) print(`${plural(sum.resumed, 'picture')} of an earlier run put in place.`);
  print(
    `${plural(sum.frames, 'picture')} ${filed} in ${seconds} s: ${sum.founded} founded a group, ${sum.joined} joined one.`,
  );
  if (sum.adopted > 0)
    print(`${plural(sum.adopted, 'picture')} found in the folders of groups, where a person put them.`);
  print(`The library has ${plural(sum.groups, 'group')}.`);
  if (sum.quarantined > 0)
    print(`${plural(sum.quarantined, 'file')} could not be read: in quarantine, each with the reason.`);
  if (sum.left > 0)
    print(`${plural(sum.left, 'file')} could not be filed now; run the command again to try once more.`);
}

function requireFolder(inbox: string): void {
  if (statSync(inbox, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new FatalError(`sort ${inbox}: there is no such folder`, {
    hint: 'Name the folder of the pictures first, then the library.',
    exitCode: exitCodes.usage,
  });
}
