import type { FrameId } from '../domain/frame.ts';
import type { Group } from '../domain/group.ts';
import type { PlannedChange } from '../grouping/consolidation/planned-changes.ts';
import type { GroupFactory } from '../grouping/group-factory.ts';
import type { StagedMembership } from '../storage/membership-cache.ts';
import { type MoveContext, planMoves } from './move-frames.ts';

export interface ApplyChangeParts extends MoveContext {
  readonly membership: StagedMembership;
  readonly groupFactory: GroupFactory;
  readonly isDry: boolean;
}

/** Records a change. Returns the number of moved pictures. In a dry run only the membership cache changes. */
export async function applyChange(
  { why, what, to }: PlannedChange,
  parts: ApplyChangeParts,
): Promise<number> {
  const { membership, isDry } = parts;
  const frames = 'group' in what ? [...membership.members(what.group)] : what.frames;
  const founded = to === undefined ? await newGroup(frames, parts) : undefined;
  const group = to ?? founded?.id;
  if (group === undefined) return 0;
  if (isDry) for (const frame of frames) membership.stageFrame(frame, group);
  if (isDry) return frames.length;
  const moves = frames.map((frame) => ({ frame, to: group }));
  return (await planMoves(parts, moves, why, { founded })).planned.length;
}

/** Returns a group named after its first frame; undefined if the frame was forgotten. */
async function newGroup(
  [first]: readonly FrameId[],
  { store, groupFactory }: ApplyChangeParts,
): Promise<Group | undefined> {
  const frame = first && (await store.frames.get(first))?.frame;
  return frame && groupFactory.create(frame);
}
