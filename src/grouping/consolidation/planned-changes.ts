import { evidenceOf } from '../../domain/consolidation/change-evidence.ts';
import type { Moved, SuggestedChange } from '../../domain/consolidation/suggested-change.ts';
import type { FrameId } from '../../domain/frame.ts';
import type { GroupId } from '../../domain/group.ts';
import type { ChangeReason } from '../../domain/group-change.ts';

/** A future entry of the journal. */
export interface PlannedChange {
  readonly why: ChangeReason;
  /** A whole group, or some frames. */
  readonly what: { readonly group: GroupId } | { readonly frames: readonly FrameId[] };
  /** Undefined for a new group. */
  readonly to: GroupId | undefined;
}

/**
 * Converts suggested changes, except proposals, to journal entries: one entry per change, so that the user
 * can undo each alone. Moves come first, because frames must leave a group before its merge.
 */
export function plannedChangesOf(suggestedChanges: readonly SuggestedChange[]): PlannedChange[] {
  const meant = suggestedChanges.filter(({ proposed }) => !proposed);
  const moves = meant.flatMap((one) => (one.kind === 'move' ? [one] : []));
  const single = moves.flatMap((one) => (typeof one.to === 'number' ? [change([one], one.to)] : []));
  const founding = Array.from(byFirstFrame(moves).values(), (together) => change(together, undefined));
  const merges = meant.flatMap((one) => {
    if (one.kind !== 'merge') return [];
    const why = {
      ...by,
      act: 'merge',
      rule: 'both groups show the same scene',
      evidence: evidenceOf(one.evidence),
    } as const;
    return [{ why, what: { group: one.from }, to: one.into }];
  });
  return [...single, ...founding, ...merges];
}

const by = { by: 'consolidation' } as const;

function change(moves: readonly Moved[], to: GroupId | undefined): PlannedChange {
  const [first] = moves as [Moved];
  const rule = to === undefined ? 'it is unlike its old group' : 'it is more similar to the new group';
  const why = { ...by, act: 'move', rule, evidence: evidenceOf(first.evidence) } as const;
  return { why, what: { frames: moves.map(({ frame }) => frame) }, to };
}

function byFirstFrame(moves: readonly Moved[]): Map<FrameId, Moved[]> {
  const together = new Map<FrameId, Moved[]>();
  for (const one of moves) {
    if (typeof one.to === 'number') continue;
    const { foundedBy } = one.to;
    together.set(foundedBy, [...(together.get(foundedBy) ?? []), one]);
  }
  return together;
}
