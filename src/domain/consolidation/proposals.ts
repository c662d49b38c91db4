import type { GroupId } from '../group.ts';
import type { MembershipView } from './partition.ts';
import type { Constraints, SuggestedChange } from './suggested-change.ts';

/**
 * Returns the proposals that can still be applied: their groups exist, their frames have not moved, and the
 * user did not refuse them.
 */
export function stillValid(
  proposals: readonly SuggestedChange[],
  membership: MembershipView,
  { isApart }: Pick<Constraints, 'isApart'>,
): SuggestedChange[] {
  const isThere = (group: GroupId) => membership.members(group).length > 0;
  return proposals.filter((one) => {
    if (one.kind === 'move') {
      if (membership.groupOf(one.frame) !== one.from) return false;
      return typeof one.to !== 'number' || (isThere(one.to) && !isApart(one.frame, one.to));
    }
    const isRefused = (a: GroupId, b: GroupId) => membership.members(a).some((frame) => isApart(frame, b));
    const { from, into } = one;
    return isThere(from) && isThere(into) && !isRefused(from, into) && !isRefused(into, from);
  });
}

/** Adds new proposals to known ones. Each question is asked once. */
export function withNew(
  known: readonly SuggestedChange[],
  found: readonly SuggestedChange[],
): { readonly all: SuggestedChange[]; readonly added: SuggestedChange[] } {
  const knownKeys = new Set(known.map(keyOf));
  const added = found.filter((one) => !knownKeys.has(keyOf(one)));
  return { all: [...known, ...added], added };
}

/** The direction of a merge does not matter. */
function keyOf(one: SuggestedChange): string {
  if (one.kind === 'move') return `move ${one.frame}`;
  return `merge ${Math.min(one.from, one.into)} ${Math.max(one.from, one.into)}`;
}
