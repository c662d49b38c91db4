import { Command } from 'commander';
import { openProposals } from '../../grouping/consolidation/open-proposals.ts';
import { printable } from '../../lib/fs/byte-path.ts';
import type { Status } from '../../monitoring/status.ts';
import { readStatus } from '../../monitoring/status-file.ts';
import { ownerOf } from '../../storage/open.ts';
import type { Counts, Quarantined, StoreReader } from '../../storage/store.ts';
import { type CommonFlags, examples, print, printJson, withPlaces } from '../flags.ts';
import { existingState, withStore } from '../open-state.ts';
import { plural } from '../output/counted.ts';
import type { Result } from '../result.ts';

interface StatusFlags extends CommonFlags {
  readonly json?: boolean;
}

const quarantinedShown = 10;

export function statusCommand(_: Result): Command {
  const command = new Command('status')
    .description('Print the status of the daemon, running or stopped.')
    .option('--json', 'print one line of JSON')
    .addHelpText('after', examples('framesort status', 'framesort status --library ~/Scenes --json'))
    .action(showStatus);
  return withPlaces(command);
}

async function showStatus(flags: StatusFlags): Promise<void> {
  const { state, config } = await existingState(flags);
  const pid = ownerOf(state);
  const last = readStatus(state);
  const [counts, quarantined, spaces, proposals] = await withStore(
    state,
    async (store) =>
      [
        await countsIn(store),
        await store.quarantine.all(),
        await spacesIn(store),
        (await openProposals(store, config, Date.now())).length,
      ] as const,
  );
  if (flags.json)
    printJson({
      ...last,
      ...stateNow(pid, last),
      store: counts,
      proposals,
      spaces,
      quarantined: quarantined.map(quarantineFacts),
    });
  else {
    describe(pid, last, counts, quarantined, spaces.slice(1));
    if (proposals > 0) print(`  proposed: ${proposals}; "framesort proposals" lists the proposed changes`);
  }
}

/** The space in use comes first. */
async function spacesIn({ spaces }: StoreReader) {
  const ids = await spaces.list();
  return Promise.all(ids.map(async (id) => ({ id, frames: await spaces.count(id) })));
}

/** Empty groups keep their numbers and are not counted. */
async function countsIn(store: StoreReader): Promise<Counts> {
  const groups = (await store.groups.all()).filter(({ frames }) => frames > 0).length;
  return { ...(await store.counts()), groups };
}

/** A killed daemon leaves an old status; the lock tells the truth. */
function stateNow(pid: number | undefined, last: Status | undefined) {
  const isRunning = pid !== undefined;
  return { running: isRunning, pid: pid ?? null, state: isRunning ? (last?.state ?? 'starting') : 'stopped' };
}

function describe(
  pid: number | undefined,
  last: Status | undefined,
  counts: Counts,
  quarantined: readonly Quarantined[],
  otherSpaces: readonly { readonly id: string; readonly frames: number }[],
): void {
  print(pid === undefined ? stoppedLine(last) : `running as pid ${pid}: ${last?.state ?? 'starting'}`);
  print(
    `  ${plural(counts.frames, 'frame')} in ${plural(counts.groups, 'group')}; ${counts.planned} still to be placed`,
  );
  for (const { id, frames } of otherSpaces)
    print(`  ${frames} of ${counts.frames} frames have a vector of ${id} too`);
  if (pid !== undefined && last !== undefined) describeWork(last);
  describeQuarantine(quarantined);
}

function stoppedLine(last: Status | undefined): string {
  if (last === undefined) return 'not running';
  const when = new Date(last.updatedMs).toISOString();
  return last.state === 'stopped'
    ? `not running; stopped at ${when}`
    : `not running; ended without a stop after ${when}`;
}

function describeWork(status: Status): void {
  if (status.change !== undefined) describeChange(status.change);
  const { backlog, framesPerMinute, inboxes, problems, odd, troubles } = status;
  const { secondLook } = status as Partial<Status>; // absent in a status of older versions
  for (const { folder, watching, why } of inboxes)
    print(`  inbox ${printable(folder)} (${watching}${why === undefined ? '' : `: ${why}`})`);
  print(`  library ${printable(status.library)}`);
  print(
    `  ${backlog.waiting} waiting, ${backlog.underWay} under way, ${framesPerMinute} filed in the last minute`,
  );
  if (secondLook !== undefined && secondLook.waiting > 0)
    print(`  ${secondLook.waiting} wait for consolidation, in a quiet moment`);
  for (const { what, message, tries } of problems)
    print(`  retrying: ${printable(what)}: ${printable(message)} (${tries} tries)`);
  for (const { path, reason } of odd) print(`  ignored: ${printable(path)}: ${reason}`);
  for (const { atMs, where, message } of troubles.slice(-3))
    print(`  ${new Date(atMs).toISOString()} ${where}: ${printable(message)}`);
}

function describeChange({ model, state, done, frames }: NonNullable<Status['change']>): void {
  const what = {
    embedding: `${done} of ${frames} pictures are embedded, behind those that arrive`,
    'waiting-to-be-confirmed': `all is embedded; "framesort models use ${model}" tells what would change, and changes`,
    changing: 'deciding pauses while it is taken into use',
  }[state];
  print(`  switching to ${model}: ${what}`);
}

function describeQuarantine(quarantined: readonly Quarantined[]): void {
  if (quarantined.length === 0) return;
  print(`  ${plural(quarantined.length, 'file')} in quarantine, the last ones:`);
  for (const one of quarantined.slice(-quarantinedShown))
    print(`    ${printable(one.source)}: ${one.reason}: ${one.message}`);
}

function quarantineFacts({ source, reason, message, whenMs, state }: Quarantined) {
  return { source, reason, message, whenMs, state };
}
