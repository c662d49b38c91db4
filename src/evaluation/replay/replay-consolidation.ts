import type { Thresholds } from '../../domain/assignment/assign.ts';
import {
  type ConsolidationInput,
  consolidate,
  type LibrarySnapshot,
} from '../../domain/consolidation/consolidate.ts';
import type { FrameFeatures, LibraryAnswers } from '../../domain/consolidation/questions.ts';
import type { Constraints, SuggestedChange } from '../../domain/consolidation/suggested-change.ts';
import type { FrameId } from '../../domain/frame.ts';
import type { GroupId } from '../../domain/group.ts';
import { rerank } from '../../domain/similarity/rerank.ts';
import type { MembershipCache } from '../../storage/membership-cache.ts';
import { createGroup, type Decided, type InliersOf, labelsOf } from './replay.ts';

/** A replay has no user. */
const unconstrained: Constraints = { isApart: () => false, isKept: () => false };

/**
 * Consolidates all pictures, applies the changes, and returns the group of each picture. `inliersOf` compares
 * keypoints where the daemon would compare them; without `inliersOf` no keypoints are used.
 */
export async function consolidatedLabels(
  decided: Decided,
  thresholds: Thresholds,
  inliersOf?: InliersOf,
): Promise<number[]> {
  const input = { ...inputOf(decided, thresholds), keypoints: inliersOf !== undefined };
  applyChanges(
    await consolidate(framesOf(decided), libraryOf(decided, inliersOf), input),
    decided.membership,
  );
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

function libraryOf(decided: Decided, inliersOf: InliersOf | undefined): LibrarySnapshot & LibraryAnswers {
  const { arrivals, membership, index, matcher } = decided;
  const pictureOf = (frame: FrameId) => arrivals[frame - 1]?.picture ?? -1;
  return {
    groupOf: (frame) => membership.groupOf(frame),
    members: (group) => membership.members(group),
    features: async (frames) => {
      const features = new Map<FrameId, FrameFeatures>();
      for (const [frame, embedding] of await matcher.embeddingsOf(frames)) {
        const captured = arrivals[frame - 1]?.captured;
        if (captured !== undefined) features.set(frame, { embedding, captured });
      }
      return features;
    },
    neighbours: async (frame, count) => {
      const embedding = (await matcher.embeddingsOf([frame])).get(frame);
      if (embedding === undefined) return [];
      const found = await index.search(embedding, count + 1);
      const embeddings = await matcher.embeddingsOf(found.map((one) => one.frame));
      const near = rerank(found, embedding, (one) => embeddings.get(one));
      return near.filter((one) => one.frame !== frame).slice(0, count);
    },
    editedGroups: async () => new Set<GroupId>(), // a replay has no user
    sharedKeypoints: async ([frame, other]) => inliersOf?.(pictureOf(frame), pictureOf(other)),
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
  const group = founded.get(to.foundedBy) ?? createGroup(membership);
  founded.set(to.foundedBy, group);
  return group;
}
