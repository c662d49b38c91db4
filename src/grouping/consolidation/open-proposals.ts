import type { Config } from '../../config/options.ts';
import type { MembershipView } from '../../domain/consolidation/partition.ts';
import { stillValid } from '../../domain/consolidation/proposals.ts';
import type { SuggestedChange } from '../../domain/consolidation/suggested-change.ts';
import type { FrameId } from '../../domain/frame.ts';
import type { GroupId } from '../../domain/group.ts';
import type { StoreReader } from '../../storage/store.ts';
import { readProgress } from './progress-record.ts';
import { constraintsIn, type ProposalReason } from './user-constraints.ts';

/**
 * Returns the open proposals that are still valid, oldest first, each with its reason for being only
 * proposed.
 */
export async function openProposals(
  store: StoreReader,
  config: Config,
  nowMs: number,
): Promise<{ readonly proposal: SuggestedChange; readonly reserve: ProposalReason }[]> {
  const all = (await readProgress(store))?.proposals ?? [];
  const membership = await membershipOf(all, store);
  const known = { store, members: membership.members };
  const { constraints, reasonOf } = await constraintsIn(known, config, nowMs);
  const open = stillValid(all, membership, constraints);
  return Promise.all(
    open.map(async (proposal) => {
      const reasons = await Promise.all(groupsOf(proposal).map(reasonOf));
      return { proposal, reserve: reasons.find((one) => one === 'touched') ?? reasons.find(Boolean) };
    }),
  );
}

/** Existing groups of a proposal. */
function groupsOf(proposal: SuggestedChange): GroupId[] {
  const target = proposal.kind === 'merge' ? proposal.into : proposal.to;
  return [proposal.from, target].filter((one) => typeof one === 'number');
}

/** Reads the members of all groups of the proposals. */
async function membershipOf(
  proposals: readonly SuggestedChange[],
  store: StoreReader,
): Promise<MembershipView> {
  const members = new Map<GroupId, readonly FrameId[]>();
  const groupOf = new Map<FrameId, GroupId>();
  for (const group of new Set(proposals.flatMap(groupsOf))) {
    members.set(group, await store.groups.members(group));
    for (const frame of members.get(group) ?? []) groupOf.set(frame, group);
  }
  return { members: (group) => members.get(group) ?? [], groupOf: (frame) => groupOf.get(frame) };
}
