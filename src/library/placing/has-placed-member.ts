import type { GroupId } from '../../domain/group.ts';
import type { StoreReader } from '../../storage/store.ts';

/** Returns whether the group's folder exists by our work: the group has a placed member. */
export function hasPlacedMember(group: GroupId, store: Pick<StoreReader, 'members' | 'filing'>): boolean {
  for (const member of store.members(group))
    if (store.filing(member)?.placement.state === 'placed') return true;
  return false;
}
