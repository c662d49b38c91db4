import { Command } from 'commander';
import { undoable } from '../../domain/group-change.ts';
import { exitCodes, FatalError } from '../../lib/errors.ts';
import type { RequestClient } from '../../operations/client.ts';
import { allChanges, collect } from '../../storage/rows.ts';
import { withLibrary } from '../connect.ts';
import { type CommonFlags, examples, print, withPlaces } from '../flags.ts';
import { type ChangeReport, printChangeResult } from '../output/change-result.ts';
import type { Result } from '../result.ts';

interface UndoFlags extends CommonFlags {
  readonly last?: string;
  readonly since?: string;
  readonly all?: boolean;
  readonly json?: boolean;
}

export function undoCommand(result: Result): Command {
  const command = new Command('undo')
    .description('Undo changes of groups by commands or by consolidation, the newest first.')
    .option('--last <n>', 'number of changes (default: 1)')
    .option('--since <time>', 'the changes of this time: 90s, 10m, 2h, 7d')
    .option('--all', 'all changes')
    .option('--json', 'print one line of JSON')
    .addHelpText(
      'after',
      `\nPictures that you moved since stay where you put them, and nothing is overwritten. What you did by hand in the
library is yours, and is not taken back. What you take back is not done again by itself.\n${examples(
        'framesort undo --library ~/Scenes',
        'framesort undo --since 10m --library ~/Scenes',
      )}`,
    )
    .action(async (flags: UndoFlags) => {
      result.exitCode = await takeBack(flags);
    });
  return withPlaces(command);
}

function takeBack(flags: UndoFlags): Promise<number> {
  const range = rangeOf(flags, Date.now());
  return withLibrary(flags, async ({ client }) => {
    const { store } = client;
    const entries = undoable(await collect(allChanges(store)), range);
    const reports: ChangeReport[] = [];
    for (const { id } of entries) {
      const report = await takeBackOne(id, client);
      reports.push(report);
      if (report.left.length > 0) break; // an older change may need the result
    }
    if (entries.length === 0 && !flags.json) print('there is nothing to undo');
    if (entries.length === 0 && !flags.json) return exitCodes.ok;
    return printChangeResult('taken back', reports, store, flags.json === true);
  });
}

/** Finishes the change first. */
async function takeBackOne(id: number, client: RequestClient): Promise<ChangeReport> {
  const frames = (await client.store.journal.get(id))?.frames.map(({ frame }) => frame) ?? [];
  await client.finish(frames);
  const done = await client.request({ kind: 'undo', change: id });
  if (done === undefined) return { id: undefined, planned: frames, refused: [], left: frames };
  return { ...done, left: await client.finish(done.planned) };
}

function rangeOf({ last, since, all }: UndoFlags, nowMs: number): { last?: number; sinceMs?: number } {
  const chosen = [last, since, all].filter((one) => one !== undefined).length;
  if (chosen > 1) throw wrong('say one of --last, --since and --all');
  if (all) return {};
  if (since !== undefined) return { sinceMs: nowMs - spanMs(since) };
  if (last !== undefined && !/^[1-9]\d*$/.test(last)) throw wrong(`--last ${last} is no number of changes`);
  return { last: Number(last ?? 1) };
}

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function spanMs(text: string): number {
  const [, count, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? [];
  if (count === undefined) throw wrong(`--since ${text} is no span of time`);
  return Number(count) * (units[unit] ?? 0);
}

function wrong(what: string): FatalError {
  return new FatalError(`undo: ${what}`, {
    hint: 'For example: --last 2, --since 10m, --all.',
    exitCode: exitCodes.usage,
  });
}
