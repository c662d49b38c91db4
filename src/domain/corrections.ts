import type { FrameId } from './frame.ts';
import type { GroupId } from './group.ts';

/** A person took the frame from one group to the other. */
export interface Correction {
  readonly frame: FrameId;
  readonly from: GroupId;
  readonly to: GroupId;
}

/** What people said by their moves: where frames belong, and where they don't. */
export interface Links {
  /** Groups that people took the frame from and did not put it back into. */
  cannotLink(frame: FrameId): readonly GroupId[];
  /** The group that a person put it into last. */
  mustLink(frame: FrameId): GroupId | undefined;
}

/** Reads corrections in the order in which they were made: later ones replace what they contradict. */
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
