import type { Config } from '../../config/options.ts';
import type { Constraints } from '../../domain/consolidation/suggested-change.ts';
import { linksOf } from '../../domain/corrections.ts';
import type { FrameId } from '../../domain/frame.ts';
import type { GroupId } from '../../domain/group.ts';
import type { StoreReader } from '../../storage/store.ts';

interface Known {
  readonly store: StoreReader;
  readonly members: (group: GroupId) => readonly FrameId[] | Promise<readonly FrameId[]>;
}

/** Why changes of a group are only proposed; undefined if they are applied. */
export type ProposalReason = 'touched' | 'published' | undefined;

export interface UserConstraints {
  readonly constraints: Constraints;
  readonly reasonOf: (group: GroupId) => Promise<ProposalReason>;
}

const dayMs = 86_400_000;

/** Returns the user's constraints, and the reasons to protect groups. */
export async function constraintsIn(
  known: Known,
  { grouping }: Pick<Config, 'grouping'>,
  nowMs: number,
): Promise<UserConstraints> {
  const links = linksOf(await known.store.corrections.all());
  const reasonOf = proposalReasons(
    known,
    await editedGroups(known.store),
    grouping.publishedDays * dayMs,
    nowMs,
  );
  const constraints = {
    isApart: (frame: FrameId, group: GroupId) => links.cannotLink(frame).includes(group),
    isKept: (frame: FrameId) => links.mustLink(frame) !== undefined,
  };
  return { constraints, reasonOf };
}

/** Computes each group's reason once. */
function proposalReasons(
  { store, members }: Known,
  touched: ReadonlySet<GroupId>,
  publishedMs: number,
  nowMs: number,
) {
  const found = new Map<GroupId, Promise<ProposalReason>>();
  const find = async (group: GroupId): Promise<ProposalReason> => {
    if (touched.has(group)) return 'touched';
    const youngest = (await members(group)).reduce((most, frame) => Math.max(most, frame), 0) as FrameId;
    const arrivedMs = (await store.frames.get(youngest))?.frame.arrivedMs ?? nowMs;
    return Math.max(0, nowMs - arrivedMs) >= publishedMs ? 'published' : undefined;
  };
  return (group: GroupId): Promise<ProposalReason> => {
    const reason = found.get(group) ?? find(group);
    found.set(group, reason);
    return reason;
  };
}

/**
 * Whether a person had a say in a group: by hand or by a command. Such groups are not merged by themselves.
 */
export async function isEdited(store: StoreReader, group: GroupId): Promise<boolean> {
  return (await editedGroups(store)).has(group);
}

export async function editedGroups(store: StoreReader): Promise<ReadonlySet<GroupId>> {
  const touched = new Set(await store.groups.edited());
  for (const { from, to } of await store.corrections.all()) touched.add(from).add(to); // of stores from before the mark
  return touched;
}
