import type { Constraints } from '../domain/amendment.ts';
import type { Membership } from '../domain/arrangement.ts';
import { linksOf } from '../domain/corrections.ts';
import type { FrameId } from '../domain/frame.ts';
import type { GroupId } from '../domain/group.ts';
import { touchedGroups } from '../regrouping.ts';
import type { StoreReader } from '../store/store.ts';

export interface ConstraintParts {
  readonly store: StoreReader;
  readonly members: Membership['members'];
  readonly nowMs: number;
  /** A group whose youngest frame came this long ago is published. */
  readonly publishedMs: number;
}

/** Why what concerns a group is only proposed; undefined where it need not be. */
export type Reserve = 'touched' | 'published' | undefined;

/** What people said, and what others may rely on by now. */
export function constraintsOf(parts: ConstraintParts): Constraints {
  const links = linksOf(parts.store.corrections());
  const reserveOf = reserves(parts);
  return {
    isApart: (frame, group) => links.cannotLink(frame).includes(group),
    isKept: (frame) => links.mustLink(frame) !== undefined,
    isTouched: (group) => reserveOf(group) !== undefined,
  };
}

/** Looked up once for each group. */
export function reserves({
  store,
  members,
  nowMs,
  publishedMs,
}: ConstraintParts): (group: GroupId) => Reserve {
  const touched = touchedGroups(store);
  const known = new Map<GroupId, Reserve>();
  const find = (group: GroupId): Reserve => {
    if (touched.has(group)) return 'touched';
    const youngest = members(group).reduce((most, frame) => Math.max(most, frame), 0) as FrameId;
    const arrivedMs = store.filing(youngest)?.frame.arrivedMs ?? nowMs;
    return Math.max(0, nowMs - arrivedMs) >= publishedMs ? 'published' : undefined;
  };
  return (group) => {
    if (!known.has(group)) known.set(group, find(group));
    return known.get(group);
  };
}
