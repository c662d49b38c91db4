import type { Thresholds } from '../../domain/assignment/assign.ts';
import {
  type ConsolidationInput,
  consolidate,
  consolidateInSteps,
  type LibrarySnapshot,
} from '../../domain/consolidation/consolidate.ts';
import type { Constraints, SuggestedChange } from '../../domain/consolidation/suggested-change.ts';
import type { FrameId } from '../../domain/frame.ts';
import type { GroupId } from '../../domain/group.ts';
import { rerank } from '../../domain/similarity/rerank.ts';
import type { MembershipCache } from '../../storage/membership-cache.ts';
import { type Decided, type InliersOf, labelsOf } from './replay.ts';

/** A replay has no user. */
const unconstrained: Constraints = { isApart: () => false, isKept: () => false, isEdited: () => false };

/** Consolidates all pictures, applies the changes, and returns the group of each picture. */
export function consolidatedLabels(decided: Decided, thresholds: Thresholds): number[] {
  applyChanges(
    consolidate(framesOf(decided), libraryOf(decided), inputOf(decided, thresholds)),
    decided.membership,
  );
  return labelsOf(decided);
}

/** Like `consolidatedLabels`, with keypoints where the daemon would use them. */
export async function consolidatedWithKeypoints(
  decided: Decided,
  thresholds: Thresholds,
  inliersOf: InliersOf,
): Promise<number[]> {
  const pictureOf = (frame: FrameId) => decided.arrivals[frame - 1]?.picture ?? -1;
  const input = { ...inputOf(decided, thresholds), keypoints: true };
  const steps = consolidateInSteps(framesOf(decided), libraryOf(decided), input);
  let step = steps.next();
  while (!step.done) {
    const pair = step.value;
    step = steps.next(pair && (await inliersOf(pictureOf(pair[0]), pictureOf(pair[1]))));
  }
  applyChanges(step.value, decided.membership);
  return labelsOf(decided);
}

function framesOf({ arrivals }: Decided): FrameId[] {
  return arrivals.map((_, turn) => (turn + 1) as FrameId);
}

function inputOf(
  { matcher: { clockReliability, revisitRate } }: Decided,
  thresholds: Thresholds,
): ConsolidationInput {
  return { thresholds, clockReliability, revisitRate, constraints: unconstrained };
}

function libraryOf(decided: Decided): LibrarySnapshot {
  const { arrivals, membership, index, matcher } = decided;
  return {
    groupOf: (frame: FrameId) => membership.groupOf(frame),
    members: (group: GroupId) => membership.members(group),
    featuresOf: (frame: FrameId) => {
      const [embedding, captured] = [matcher.embeddingOf(frame), arrivals[frame - 1]?.captured];
      return embedding && captured && { embedding, captured };
    },
    near: (frame: FrameId, count: number) => {
      const embedding = matcher.embeddingOf(frame);
      if (embedding === undefined) return [];
      const found = index.search(embedding, count + 1);
      const near = rerank(found, embedding, (one) => matcher.embeddingOf(one));
      return near.filter((one) => one.frame !== frame).slice(0, count);
    },
    sample: framesOf(decided),
  };
}

/** Applies changes in memory, as the daemon does with files. */
export function applyChanges(
  suggestedChanges: readonly SuggestedChange[],
  membership: MembershipCache,
): void {
  const founded = new Map<FrameId, GroupId>();
  for (const one of suggestedChanges) {
    if (one.proposed) continue;
    if (one.kind === 'merge')
      for (const frame of [...membership.members(one.from)]) membership.stageFrame(frame, one.into);
    else membership.stageFrame(one.frame, groupFor(one.to, founded, membership));
  }
}

function groupFor(
  to: GroupId | { readonly foundedBy: FrameId },
  founded: Map<FrameId, GroupId>,
  membership: MembershipCache,
): GroupId {
  if (typeof to === 'number') return to;
  const group = founded.get(to.foundedBy) ?? membership.takeGroupId();
  founded.set(to.foundedBy, group);
  return group;
}
