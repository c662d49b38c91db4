import type { FrameId } from './frame.ts';
import type { GroupId } from './group.ts';

/** The user moved the frame from one group to another. */
export interface Correction {
  readonly frame: FrameId;
  readonly from: GroupId;
  readonly to: GroupId;
}

/** The user's moves as constraints. */
export interface Links {
  /** Groups that the user moved the frame out of, and not back into. */
  cannotLink(frame: FrameId): readonly GroupId[];
  /** The group that the user moved the frame into last. */
  mustLink(frame: FrameId): GroupId | undefined;
}

/** Reads corrections in order. Later corrections replace earlier contradictory ones. */
export function linksOf(corrections: Iterable<Correction>): Links {
  const cannot = new Map<FrameId, Set<GroupId>>();
  const must = new Map<FrameId, GroupId>();
  for (const { frame, from, to } of corrections) {
    const groups = cannot.get(frame) ?? new Set();
    groups.add(from);
    groups.delete(to);
    cannot.set(frame, groups);
    must.set(frame, to);
  }
  return {
    cannotLink: (frame) => Array.from(cannot.get(frame) ?? []),
    mustLink: (frame) => must.get(frame),
  };
}
