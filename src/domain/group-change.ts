import type { FrameId } from './frame.ts';
import type { GroupId } from './group.ts';

/** Pictures of the library that change their group, why, and how it is taken back. */

/** A name in a group's folder. */
export interface Location {
  readonly group: GroupId;
  readonly name: string;
}

/** Why groups change, as it is told later. */
export interface ChangeReason {
  readonly act: 'merge' | 'move' | 'split' | 'undo';
  readonly by: 'consolidation' | 'command';
  /** The rule, in a word or two. */
  readonly rule: string;
  /** What spoke for it, in words and figures. */
  readonly evidence: Readonly<Record<string, string | number>>;
}

/** One frame that is to go from one group to another. */
export interface FrameMove {
  readonly frame: FrameId;
  readonly from: Location;
  readonly to: Location;
}

/** An entry of the journal; ids rise in the order in which the changes were recorded, from 1. */
export interface GroupChange {
  readonly id: number;
  readonly whenMs: number;
  readonly why: ChangeReason;
  /** With the names that were planned; where one was taken meanwhile, the frame got the next that was free. */
  readonly frames: readonly FrameMove[];
  /** The entry that this one takes back. */
  readonly undoes: number | undefined;
  /** The entry that took this one back. */
  readonly undoneBy: number | undefined;
}

/** A frame on its way to another group: recorded, and perhaps not carried out. */
export interface PendingMove extends FrameMove {
  /** The journal's entry that it belongs to. */
  readonly change: number;
  /** Which file and content was seen where it lay; see FileFacts.identity. */
  readonly identity: string;
  /** A person was faster, or changed the picture: it stays where it is, and what is left of our move is taken away. */
  readonly isDropped: boolean;
  /** Its file had the new name: if it has the old one alone, a person brought it back. */
  readonly isLinked: boolean;
}

/** Where frames are to go. */
export interface MoveRequest {
  readonly frame: FrameId;
  readonly to: GroupId;
  /** The name that it should have there, if it is free; else its own. */
  readonly name?: string;
}

/** What can't be taken back, and why. */
export interface NotUndone {
  readonly frame: FrameId;
  readonly reason: 'moved since' | 'gone';
}

/** The way back of a change: the frames that are still where it put them, to the groups and names that they had. */
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

/** Which changes of the journal `undo` means: not taken back yet, and no undoing themselves; the newest first. */
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
