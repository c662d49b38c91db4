import { join } from 'node:path';
import { openDaemon } from '../../src/app/daemon.ts';
import { type OfflineLibrary, openOfflineLibrary } from '../../src/app/offline.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { FrameId } from '../../src/domain/frame.ts';
import { undoable } from '../../src/domain/group-change.ts';
import { nodeFileSystem } from '../../src/lib/fs/file-system.ts';
import { acquireLock } from '../../src/lib/fs/flock.ts';
import { openLog } from '../../src/lib/logger.ts';
import { verify } from '../../src/library/verify.ts';
import { type MoveContext, mergeOf, planMoves } from '../../src/operations/move-frames.ts';
import { type Request, type RequestDone, submitRequest, takeResult } from '../../src/operations/requests.ts';
import { openStoreAsItIs } from '../../src/storage/lmdb/lmdb-store.ts';
import { closeState, openState } from '../../src/storage/open.ts';
import { allChanges, collect } from '../../src/storage/rows.ts';
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
    'grouping.consolidation': planMoves === 'consolidation',
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
  const lock = acquireLock(state);
  const store = await openStoreAsItIs(join(state, 'store'));
  const log = openLog({ level: 'error', format: 'json' });
  const signal = new AbortController().signal;
  const offline = await openOfflineLibrary(store, { config, library, log, signal, reached: killer() });
  const planned: FrameId[] = [];
  if (what === 'undo')
    for (const { id: change } of undoable(await collect(allChanges(store)), {}))
      planned.push(...((await asked({ kind: 'undo', change }, offline))?.planned ?? []));
  else planned.push(...(what === 'split' ? await splitHalf(offline) : await mergeHalf(offline.parts)));
  for (let attempt = 0; attempt < 5; attempt++) await offline.work();
  await offline.finish?.();
  const moving = new Set((await store.moves.all()).map(({ frame }) => frame));
  const left = planned.filter((frame) => moving.has(frame));
  await store.close();
  lock.release();
  return left.map((frame) => `frame ${frame} is not where it should be`);
}

async function asked(request: Request, { parts, work }: OfflineLibrary): Promise<RequestDone | undefined> {
  const key = await submitRequest(parts.store, request);
  await work();
  const result = await takeResult(parts.store, key);
  return result?.kind === 'done' ? result : undefined;
}

async function mergeHalf(parts: MoveContext): Promise<FrameId[]> {
  const groups = (await parts.store.groups.all()).toSorted((a, b) => b.frames - a.frames || a.id - b.id);
  const half = Math.ceil(groups.length / 2);
  const merges = groups.slice(half).map(({ id }, at) => mergeOf(parts.store, id, groups[at]?.id ?? id));
  const moves = (await Promise.all(merges)).flat();
  const why = { act: 'merge', by: 'consolidation', rule: 'the smaller half', evidence: {} } as const;
  return (await planMoves(parts, moves, why)).planned.map(({ frame }) => frame);
}

async function splitHalf(offline: OfflineLibrary): Promise<readonly FrameId[]> {
  const { store } = offline.parts;
  const [largest] = (await store.groups.all()).toSorted((a, b) => b.frames - a.frames || a.id - b.id);
  const members = largest === undefined ? [] : await store.groups.members(largest.id);
  const frames = members.slice(0, Math.ceil(members.length / 2));
  return (await asked({ kind: 'split', frames, name: undefined }, offline))?.planned ?? frames;
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
