import { join } from 'node:path';
import type { FrameId } from '../domain/frame.ts';
import type { Group } from '../domain/group.ts';
import { folderFault } from '../domain/group-naming.ts';
import type { GroupFactory } from '../grouping/group-factory.ts';
import { exitCodes, FatalError } from '../lib/errors.ts';
import { printable, toBytes } from '../lib/fs/byte-path.ts';
import { statIfExists } from '../lib/fs/file-operations.ts';
import type { FileSystem } from '../lib/fs/file-system.ts';
import type { StagedMembership } from '../storage/membership-cache.ts';
import type { FrameRecord } from '../storage/store.ts';
import { type MoveContext, type MovePlan, planMoves } from './move-frames.ts';

export interface SplitParts extends MoveContext {
  readonly files: FileSystem;
  readonly membership: StagedMembership;
  readonly groupFactory: GroupFactory;
}

export interface SplitResult extends MovePlan {
  /** Folder of the new group; undefined when no picture can be moved, and there is none. */
  readonly folder: string | undefined;
}

/** Target group of the pictures split off. */
interface Target {
  readonly group: Group;
  readonly isNew: boolean;
}

/**
 * Plans that frames go to a new group. The name comes from the user, or from the template and the first
 * frame. The plan is on disk when the call returns, together with the note from `noted`. Throws FatalError if
 * the name is impossible.
 */
export async function splitOff(
  { frames, name }: { readonly frames: readonly FrameId[]; readonly name: string | undefined },
  parts: SplitParts,
  noted: (split: SplitResult) => { readonly key: string; readonly value: Buffer },
): Promise<SplitResult> {
  const { store, membership } = parts;
  const filings = await store.frames.getMany(frames);
  const first = frames.map((frame) => filings.get(frame)).find((filing) => filing !== undefined);
  if (first === undefined) return { ...nothing(frames), folder: undefined };
  const { group, isNew } = await targetOf(name, first, parts);
  const { folder } = group;
  const moves = frames.map((frame) => ({ frame, to: group.id }));
  const evidence = { into: folder, pictures: moves.length };
  const why = { act: 'split', by: 'command', rule: 'a person said so', evidence } as const;
  const founded = isNew ? group : undefined;
  let done: MovePlan | undefined;
  try {
    done = await planMoves(parts, moves, why, { founded, noted: (one) => noted({ ...one, folder }) });
    return { ...done, folder: done.id === undefined ? undefined : folder };
  } finally {
    if (isNew && done?.id === undefined) membership.unstageGroup(group.id);
  }
}

function nothing(frames: readonly FrameId[]): MovePlan {
  return { id: undefined, planned: [], refused: frames.map((frame) => ({ frame, reason: 'gone' })) };
}

/**
 * If a group with the name lost all pictures and its folder, the group comes back, as if a person made the
 * folder again.
 */
async function targetOf(
  name: string | undefined,
  { frame }: FrameRecord,
  parts: SplitParts,
): Promise<Target> {
  const { groupFactory, clock, membership, files, library } = parts;
  const foundedMs = clock.now();
  if (name === undefined)
    return { group: await groupFactory.create({ ...frame, arrivedMs: foundedMs }), isNew: true };
  assertFolderName(name);
  const there = await statIfExists(files, join(library, name));
  const known = Array.from(membership.groups()).find(({ folder }) => folder === name);
  const isEmpty = there === undefined && known !== undefined && membership.members(known.id).length === 0;
  if (isEmpty) return { group: known, isNew: false };
  const group = await groupFactory.createNamed(name, foundedMs);
  if (group === undefined)
    throw nameTaken(name, '"framesort move" brings pictures into a group that is there.');
  return { group, isNew: true };
}

/** Throws FatalError if a group's folder cannot have the name. */
export function assertFolderName(name: string): void {
  const fault = folderFault(name, (text) => toBytes(text).length);
  if (fault === undefined) return;
  throw new FatalError(`name a group ${JSON.stringify(printable(name))}: ${fault}`, {
    hint: 'Name it as you would name a folder.',
    exitCode: exitCodes.usage,
  });
}

export function nameTaken(
  name: string,
  hint: string,
  by = 'the library has something of that name',
): FatalError {
  return new FatalError(`name a group ${printable(name)}: ${by}`, {
    hint: `Choose another name: no file is replaced. ${hint}`,
    exitCode: exitCodes.usage,
  });
}
