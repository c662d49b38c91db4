import type { Config } from '../../config/options.ts';
import { standing } from '../../domain/consolidation/proposals.ts';
import type { Amendment } from '../../domain/consolidation/suggested-change.ts';
import type { FrameId } from '../../domain/frame.ts';
import type { GroupId } from '../../domain/group.ts';
import type { StoreReader } from '../../storage/store.ts';
import { readSecondLook } from './progress-record.ts';
import { constraintsIn, type Reserve } from './user-constraints.ts';

/** What was proposed and can still be done, and why it is only proposed; the oldest first. */
export function openProposals(
  store: StoreReader,
  config: Config,
  nowMs: number,
): { readonly proposal: Amendment; readonly reserve: Reserve }[] {
  const members = (group: GroupId) => Array.from(store.members(group));
  const groupOf = (frame: FrameId) => store.filing(frame)?.placement.group;
  const { constraints, reserveOf } = constraintsIn({ store, members }, config, nowMs);
  const all = readSecondLook(store)?.proposals ?? [];
  return standing(all, { groupOf, members }, constraints).map((proposal) => {
    const target = proposal.kind === 'merge' ? proposal.into : proposal.to;
    const groups = [proposal.from, target].filter((one) => typeof one === 'number');
    const reserved = groups.map(reserveOf);
    return { proposal, reserve: reserved.find((one) => one === 'touched') ?? reserved.find(Boolean) };
  });
}
