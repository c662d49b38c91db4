import type { Config } from '../../config/options.ts';
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
  const members = (group: GroupId) => Array.from(store.members(group));
  const groupOf = (frame: FrameId) => store.filing(frame)?.placement.group;
  const { constraints, reasonOf: reserveOf } = constraintsIn({ store, members }, config, nowMs);
  return stillValid(all, { groupOf, members }, constraints).map((proposal) => {
    const target = proposal.kind === 'merge' ? proposal.into : proposal.to;
    const groups = [proposal.from, target].filter((one) => typeof one === 'number');
    const reasons = groups.map(reserveOf);
    return { proposal, reserve: reasons.find((one) => one === 'touched') ?? reasons.find(Boolean) };
  });
}
