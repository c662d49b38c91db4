import { openDaemon } from '../../src/app/daemon.ts';
import { type LibraryChange, openLibraryChange } from '../../src/cli/library-change.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { FrameId } from '../../src/domain/frame.ts';
import { undoable } from '../../src/domain/group-change.ts';
import { nodeFileSystem } from '../../src/lib/fs/file-system.ts';
import { openLog } from '../../src/lib/logger.ts';
import { verify } from '../../src/library/verify.ts';
import { type MoveContext, mergeOf, planMoves, undo } from '../../src/operations/move-frames.ts';
import { closeState, openState } from '../../src/storage/open.ts';
import { findModel } from '../../src/vision/models/registry.ts';
import type { Order, Report } from './order.ts';

/** Files the pictures of an inbox, and kills itself at the ordered step. Otherwise prints a report. */
const order = JSON.parse(process.argv[2] as string) as Order;
process.stdout.write('here\n');
const { config } = loadConfig({ flags: flagsOf(order), environment: process.env });
const { planMoves: how } = order;
const isByCommand = how === 'merge' || how === 'split' || how === 'undo';
const problems = isByCommand ? await changeGroups(how) : await fileAll();
const report: Report = { problems, disagreements: order.verify ? await disagreements() : [] };
process.stdout.write(`${JSON.stringify(report)}\n`);

function flagsOf({ inbox, library, state, mode, duplicates, planMoves, isHasty }: Order) {
  const quick = { 'intake.settleMs': 0, 'intake.incompleteMs': 0, 'embed.workers': 1 };
  const grouping = {
    'grouping.consolidation': planMoves === 'second look',
    'grouping.joinSimilarity': isHasty ? 0.98 : undefined,
  };
  return { inbox: [inbox], library, state, mode, duplicates, ...quick, ...grouping };
}

async function fileAll(): Promise<string[]> {
  const { library, state } = order;
  const log = openLog({ level: 'error', format: 'json' });
  const daemon = await openDaemon({ config, library, state, log, reached: killer() });
  await daemon.sortOnce(new AbortController().signal);
  await daemon.close();
  return daemon.problems.map(({ what, message }) => `${what}: ${message}`);
}

/** Like the commands without a daemon. */
async function changeGroups(what: 'merge' | 'split' | 'undo'): Promise<string[]> {
  const { library, state } = order;
  const change = await openLibraryChange({ library, state }, killer());
  const { store } = change.parts;
  const planned: FrameId[] = [];
  if (what === 'undo')
    for (const { id } of undoable(Array.from(store.regroupings.journal()), {})) {
      planned.push(...(await undo(change.parts, id)).planned.map(({ frame }) => frame));
      await change.finish(planned);
    }
  else planned.push(...(what === 'split' ? await splitHalf(change) : await mergeHalf(change.parts)));
  const left = await change.finish(planned);
  await change.close();
  return left.map((frame) => `frame ${frame} is not where it should be`);
}

async function mergeHalf(parts: MoveContext): Promise<FrameId[]> {
  const groups = Array.from(parts.store.groups()).sort((a, b) => b.frames - a.frames || a.id - b.id);
  const half = Math.ceil(groups.length / 2);
  const moves = groups.slice(half).flatMap(({ id }, at) => mergeOf(parts.store, id, groups[at]?.id ?? id));
  const why = { act: 'merge', by: 'consolidation', rule: 'the smaller half', evidence: {} } as const;
  return (await planMoves(parts, moves, why)).planned.map(({ frame }) => frame);
}

async function splitHalf({ parts, ask }: LibraryChange): Promise<readonly FrameId[]> {
  const [largest] = Array.from(parts.store.groups()).sort((a, b) => b.frames - a.frames || a.id - b.id);
  const members = largest === undefined ? [] : Array.from(parts.store.members(largest.id));
  const frames = members.slice(0, Math.ceil(members.length / 2));
  return (await ask({ kind: 'split', frames, name: undefined }))?.planned ?? frames;
}

function killer(): (step: string) => void {
  let times = 0;
  return (step) => {
    if (step === order.kill?.step && ++times === order.kill.time) process.kill(process.pid, 'SIGKILL');
  };
}

async function disagreements(): Promise<Report['disagreements']> {
  const { library, state } = order;
  const memory = await openState(state, findModel(config.embed.model));
  try {
    return (
      await verify({ store: memory.store, index: memory.index, library, files: nodeFileSystem, deep: true })
    ).disagreements;
  } finally {
    await closeState(memory);
  }
}
