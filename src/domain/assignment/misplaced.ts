import type { Embedding } from '../embedding.ts';
import type { FrameId } from '../frame.ts';
import type { GroupId } from '../group.ts';
import { groupScore, type Member, membersMax } from './assign.ts';

/** A frame more similar to another group than to its own, or to none enough. */
export interface MisplacedFrame {
  readonly frame: FrameId;
  readonly group: GroupId;
  /** Undefined if the frame would found a group. */
  readonly better: GroupId | undefined;
}

export interface Grouped {
  readonly frame: FrameId;
  readonly group: GroupId;
  readonly embedding: Embedding;
}

/**
 * Yields the frames that a new decision would place elsewhere, with all other frames unchanged. `near`
 * returns the most similar frames, most similar first, and may include the frame itself.
 */
export function* misplacedFrames(
  frames: Iterable<Grouped>,
  near: (embedding: Embedding) => readonly Member[],
  groupOf: (frame: FrameId) => GroupId | undefined,
  join: number,
): Generator<MisplacedFrame> {
  for (const one of frames) {
    const members = byGroup(near(one.embedding), one.frame, groupOf);
    const own = groupScore(members.get(one.group) ?? []);
    members.delete(one.group);
    const [better, score] = best(members);
    if (score >= join && score > own) yield { frame: one.frame, group: one.group, better };
    else if (own < join && own > -1) yield { frame: one.frame, group: one.group, better: undefined };
  }
}

function byGroup(
  near: readonly Member[],
  itself: FrameId,
  groupOf: (frame: FrameId) => GroupId | undefined,
): Map<GroupId, Member[]> {
  const members = new Map<GroupId, Member[]>();
  for (const member of near) {
    const group = groupOf(member.frame);
    if (group === undefined || member.frame === itself) continue;
    const known = members.get(group) ?? [];
    if (known.length < membersMax) members.set(group, [...known, member]);
  }
  return members;
}

function best(members: ReadonlyMap<GroupId, readonly Member[]>): [GroupId | undefined, number] {
  let found: [GroupId | undefined, number] = [undefined, -1];
  for (const [group, known] of members) {
    const score = groupScore(known);
    if (score > found[1]) found = [group, score];
  }
  return found;
}
