import type { Config } from '../../config/options.ts';
import type { MembershipView } from '../../domain/consolidation/partition.ts';
import type { Constraints } from '../../domain/consolidation/suggested-change.ts';
import { linksOf } from '../../domain/corrections.ts';
import type { FrameId } from '../../domain/frame.ts';
import type { GroupId } from '../../domain/group.ts';
import type { StoreReader } from '../../storage/store.ts';

interface Known extends Pick<MembershipView, 'members'> {
  readonly store: StoreReader;
}

/** Why changes of a group are only proposed; undefined if they are applied. */
export type ProposalReason = 'touched' | 'published' | undefined;

const dayMs = 86_400_000;

/** Returns the user's constraints, and the reasons to protect groups. */
export function constraintsIn(
  known: Known,
  { grouping }: Pick<Config, 'grouping'>,
  nowMs: number,
): { readonly constraints: Constraints; readonly reasonOf: (group: GroupId) => ProposalReason } {
  const links = linksOf(known.store.corrections());
  const reasonOf = proposalReasons(known, grouping.publishedDays * dayMs, nowMs);
  const constraints = {
    isApart: (frame: FrameId, group: GroupId) => links.cannotLink(frame).includes(group),
    isKept: (frame: FrameId) => links.mustLink(frame) !== undefined,
    isEdited: (group: GroupId) => reasonOf(group) !== undefined,
  };
  return { constraints, reasonOf: reasonOf };
}

/** Computes each group's reason once. */
function proposalReasons({ store, members }: Known, publishedMs: number, nowMs: number) {
  const touched = editedGroups(store);
  const found = new Map<GroupId, ProposalReason>();
  const find = (group: GroupId): ProposalReason => {
    if (touched.has(group)) return 'touched';
    const youngest = members(group).reduce((most, frame) => Math.max(most, frame), 0) as FrameId;
    const arrivedMs = store.filing(youngest)?.frame.arrivedMs ?? nowMs;
    return Math.max(0, nowMs - arrivedMs) >= publishedMs ? 'published' : undefined;
  };
  return (group: GroupId): ProposalReason => {
    if (!found.has(group)) found.set(group, find(group));
    return found.get(group);
  };
}

/**
 * Whether a person had a say in a group: by hand or by a command. Such groups are not merged by themselves.
 */
export function isEdited(store: StoreReader, group: GroupId): boolean {
  return editedGroups(store).has(group);
}

export function editedGroups(store: StoreReader): ReadonlySet<GroupId> {
  const touched = new Set(store.regroupings.touched());
  for (const { from, to } of store.corrections()) touched.add(from).add(to); // of stores from before the mark
  return touched;
}
