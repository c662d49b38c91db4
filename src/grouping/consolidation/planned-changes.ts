import { evidenceOf } from '../../domain/consolidation/change-evidence.ts';
import type { Moved, SuggestedChange } from '../../domain/consolidation/suggested-change.ts';
import type { FrameId } from '../../domain/frame.ts';
import type { GroupId } from '../../domain/group.ts';
import type { ChangeReason } from '../../domain/group-change.ts';

/** One entry of the journal to come. */
export interface PlannedChange {
  readonly why: ChangeReason;
  /** A group whose frames all go, or some frames. */
  readonly what: { readonly group: GroupId } | { readonly frames: readonly FrameId[] };
  /** Undefined where they found a new group. */
  readonly to: GroupId | undefined;
}

/** What is not only proposed, one change for each: what is right of it need not be taken back with what is wrong. Moves
 * come first, so that a group that is merged is left by those that go elsewhere. */
export function changesOf(suggestedChanges: readonly SuggestedChange[]): PlannedChange[] {
  const meant = suggestedChanges.filter(({ proposed }) => !proposed);
  const moves = meant.flatMap((one) => (one.kind === 'move' ? [one] : []));
  const single = moves.flatMap((one) => (typeof one.to === 'number' ? [change([one], one.to)] : []));
  const founding = Array.from(byFounder(moves).values(), (together) => change(together, undefined));
  const merges = meant.flatMap((one) => {
    if (one.kind !== 'merge') return [];
    const why = {
      ...by,
      act: 'merge',
      rule: 'the two groups show the same',
      evidence: evidenceOf(one.evidence),
    } as const;
    return [{ why, what: { group: one.from }, to: one.into }];
  });
  return [...single, ...founding, ...merges];
}

const by = { by: 'consolidation' } as const;

function change(moves: readonly Moved[], to: GroupId | undefined): PlannedChange {
  const [first] = moves as [Moved];
  const rule = to === undefined ? 'it is unlike the group that it was in' : 'it is more like that group';
  const why = { ...by, act: 'move', rule, evidence: evidenceOf(first.evidence) } as const;
  return { why, what: { frames: moves.map(({ frame }) => frame) }, to };
}

function byFounder(moves: readonly Moved[]): Map<FrameId, Moved[]> {
  const together = new Map<FrameId, Moved[]>();
  for (const one of moves) {
    if (typeof one.to === 'number') continue;
    const { foundedBy } = one.to;
    together.set(foundedBy, [...(together.get(foundedBy) ?? []), one]);
  }
  return together;
}
