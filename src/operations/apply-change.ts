import type { FrameId } from '../domain/frame.ts';
import type { Group } from '../domain/group.ts';
import type { PlannedChange } from '../grouping/consolidation/planned-changes.ts';
import type { Founder } from '../grouping/group-factory.ts';
import type { Catalogue } from '../storage/membership-cache.ts';
import { type RegroupParts, regroup } from './move-frames.ts';

export interface DoingParts extends RegroupParts {
  readonly catalogue: Catalogue;
  readonly founder: Founder;
  readonly isDry: boolean;
}

/** Has it recorded; how many pictures it concerns, of those that can be moved now. Dry, only the catalogue knows of it. */
export async function doChange({ why, what, to }: PlannedChange, parts: DoingParts): Promise<number> {
  const { catalogue, isDry } = parts;
  const frames = 'group' in what ? [...catalogue.members(what.group)] : what.frames;
  const founded = to === undefined ? newGroup(frames, parts) : undefined;
  const group = to ?? founded?.id;
  if (group === undefined) return 0;
  if (isDry) for (const frame of frames) catalogue.putFrame(frame, group);
  if (isDry) return frames.length;
  const moves = frames.map((frame) => ({ frame, to: group }));
  return (await regroup(parts, moves, why, { founded })).planned.length;
}

/** Named by its first frame; undefined if that was forgotten. */
function newGroup([first]: readonly FrameId[], { store, founder }: DoingParts): Group | undefined {
  const frame = first && store.filing(first)?.frame;
  return frame && founder.found(frame);
}
