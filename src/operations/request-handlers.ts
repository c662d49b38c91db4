import type { Config } from '../config/options.ts';
import type { FrameId } from '../domain/frame.ts';
import type { Group, GroupId } from '../domain/group.ts';
import type { ChangeReason, MoveRequest } from '../domain/group-change.ts';
import { openGroupFactory } from '../grouping/open.ts';
import { exitCodes, FatalError } from '../lib/errors.ts';
import type { EventSink } from '../monitoring/events.ts';
import { type MovePlan, mergeOf, planMoves } from './move-frames.ts';
import { renameGroup } from './rename-group.ts';
import { type Noted, RequestExecutor, type RequestHandlers } from './request-executor.ts';
import { doneWith, type RequestDone } from './requests.ts';
import { retryQuarantined } from './retry-quarantined.ts';
import { type SplitParts, type SplitResult, splitOff } from './split-group.ts';
import { undo } from './undo.ts';

/** How the owner of a library's state executes each kind of request. */
export function libraryHandlers(parts: SplitParts): RequestHandlers {
  const { store } = parts;
  return {
    split: async (request, noted) => doneOf(await splitOff(request, parts, (split) => noted(doneOf(split)))),
    rename: async (request) => {
      await renameGroup(request, parts);
      return doneWith({ folder: request.to });
    },
    move: async ({ frames, to }, noted) => {
      const moves = frames.map((frame) => ({ frame, to }));
      const evidence = { into: (await groupAt(to, parts)).folder, pictures: moves.length };
      return planned(parts, moves, { act: 'move', evidence }, noted);
    },
    merge: async ({ from, into }, noted) => {
      const [source, target] = [await groupAt(from, parts), await groupAt(into, parts)];
      const evidence = { from: source.folder, into: target.folder, pictures: source.frames };
      return planned(parts, await mergeOf(store, from, into), { act: 'merge', evidence }, noted);
    },
    undo: async ({ change }, noted) =>
      doneOf(await undo(parts, change, { noted: (plan) => noted(doneOf(plan)) })),
    retry: (request) => retryHandler(parts)(request),
  };
}

interface RequestOptions {
  readonly config: Config;
  readonly library: string;
  readonly events: EventSink;
}

/** Opens the executor for the owner of the state. */
export function openRequests(
  { config, library, events }: RequestOptions,
  around: Pick<SplitParts, 'store' | 'membership' | 'files' | 'clock'>,
): RequestExecutor {
  const groupFactory = openGroupFactory(config, library, around);
  const handlers = libraryHandlers({ ...around, library, groupFactory });
  return new RequestExecutor({ ...around, events, handlers });
}

/** Needs the store alone, not the library. */
export function retryHandler({ store }: Pick<SplitParts, 'store'>) {
  return async ({ quarantined }: { readonly quarantined: readonly number[] }): Promise<RequestDone> => {
    await retryQuarantined(quarantined, store);
    return doneWith();
  };
}

async function planned(
  parts: SplitParts,
  moves: readonly MoveRequest[],
  reason: Pick<ChangeReason, 'act' | 'evidence'>,
  noted: Noted,
): Promise<RequestDone> {
  const why: ChangeReason = { ...reason, by: 'command', rule: 'a person said so' };
  return doneOf(await planMoves(parts, moves, why, { noted: (plan) => noted(doneOf(plan)) }));
}

function doneOf({ id, planned, refused, folder }: MovePlan & Partial<Pick<SplitResult, 'folder'>>) {
  const frames: FrameId[] = planned.map(({ frame }) => frame);
  return doneWith({ id, folder, planned: frames, refused });
}

async function groupAt(id: GroupId, { store }: SplitParts): Promise<Group> {
  const group = await store.groups.get(id);
  if (group !== undefined) return group;
  throw new FatalError(`change group ${id}: there is no such group`, {
    hint: '"framesort groups" lists them.',
    exitCode: exitCodes.usage,
  });
}
