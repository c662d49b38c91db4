import type { FrameId } from './frame.ts';
import type { GroupId } from './group.ts';

/** Changes of groups in the library: their reasons, and their undo. */

/** A file name in a group's folder. */
export interface Location {
  readonly group: GroupId;
  readonly name: string;
}

/** Why groups changed, for the journal. */
export interface ChangeReason {
  readonly act: 'merge' | 'move' | 'split' | 'undo';
  readonly by: 'consolidation' | 'command';
  /** The rule, in a word or two. */
  readonly rule: string;
  /** The evidence, in words and numbers. */
  readonly evidence: Readonly<Record<string, string | number>>;
}

/** A frame to be moved from one group to another. */
export interface FrameMove {
  readonly frame: FrameId;
  readonly from: Location;
  readonly to: Location;
}

/** An entry of the journal. Ids rise in the order of recording, from 1. */
export interface GroupChange {
  readonly id: number;
  readonly whenMs: number;
  readonly why: ChangeReason;
  /** Moves with the planned names. If a name was taken meanwhile, the frame got the next free name. */
  readonly frames: readonly FrameMove[];
  /** The entry undone by this entry. */
  readonly undoes: number | undefined;
  /** The entry that undid this entry. */
  readonly undoneBy: number | undefined;
}

/** A recorded move of a frame to another group, perhaps not carried out. */
export interface PendingMove extends FrameMove {
  /** The journal entry of the move. */
  readonly change: number;
  /** File and content at the old location; see FileStats.identity. */
  readonly identity: string;
  readonly state: MoveState;
}

/**
 *   planned ──> linked ──> finished (no record)
 *      │           │
 *      └───────────┴─────> abandoned ──> cleaned (no record)
 *
 * Linked: the file had the new name. If only the old name is left, the user moved the file back.
 * Abandoned: the user moved or changed the picture first. The picture stays, and temporary files of our move
 * are removed.
 */
export type MoveState = 'planned' | 'linked' | 'abandoned';

/** Whether the move exists and is not abandoned. */
export function isOpen(move: PendingMove | undefined): boolean {
  return move !== undefined && move.state !== 'abandoned';
}

/** A requested move. */
export interface MoveRequest {
  readonly frame: FrameId;
  readonly to: GroupId;
  /** The preferred name in the target folder. Defaults to the frame's own name, also if the name is taken. */
  readonly name?: string;
}

/** A move that cannot be undone, with the reason. */
export interface NotUndone {
  readonly frame: FrameId;
  readonly reason: 'moved since' | 'gone';
}

/**
 * Returns the moves that undo a change, for all frames still in their new group. `left` lists the other
 * frames.
 */
export function undoOf(
  { frames }: Pick<GroupChange, 'frames'>,
  groupOf: (frame: FrameId) => GroupId | undefined,
): { readonly moves: readonly MoveRequest[]; readonly left: readonly NotUndone[] } {
  const isBack = ({ frame, to }: FrameMove) => groupOf(frame) === to.group;
  const moves = frames.filter(isBack).map(({ frame, from }) => ({ frame, to: from.group, name: from.name }));
  const left = frames
    .filter((one) => !isBack(one))
    .map(({ frame }) => ({ frame, reason: groupOf(frame) === undefined ? 'gone' : 'moved since' }) as const);
  return { moves, left };
}

/** Returns the journal entries to undo, newest first. Skips undone entries and undo entries. */
export function undoable(
  journal: readonly GroupChange[],
  { last, sinceMs }: { readonly last?: number; readonly sinceMs?: number },
): GroupChange[] {
  const open = journal.filter(({ why, undoneBy }) => why.act !== 'undo' && undoneBy === undefined);
  return open
    .filter(({ whenMs }) => sinceMs === undefined || whenMs >= sinceMs)
    .sort((a, b) => b.id - a.id)
    .slice(0, last);
}
