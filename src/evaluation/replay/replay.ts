import type { Embedding } from '../../domain/embedding.ts';
import type { FrameId } from '../../domain/frame.ts';
import type { GroupId } from '../../domain/group.ts';
import { type EmbeddingsOf, GroupMatcher, type GroupMatcherOptions } from '../../grouping/group-matcher.ts';
import { initialBudget, VerificationBudget } from '../../grouping/verification-budget.ts';
import { MembershipCache } from '../../storage/membership-cache.ts';
import { ExactIndex } from '../../storage/vectors/exact-index.ts';
import type { VectorIndex } from '../../storage/vectors/vector-index.ts';
import type { PlannedArrival } from './arrival-orders.ts';

/** Returns the keypoints shared by two pictures, given by their indices in `embeddings`. */
export type InliersOf = (picture: number, other: number) => Promise<number>;

/** The state of the engine after the last arrival. */
export interface Decided {
  readonly arrivals: readonly PlannedArrival[];
  readonly membership: MembershipCache;
  readonly index: VectorIndex;
  readonly matcher: GroupMatcher;
}

/** Returns the group of each picture, by its index in the ground truth. */
export function labelsOf({ arrivals, membership }: Decided): number[] {
  const labels = new Array<number>(arrivals.length);
  for (const [turn, { picture }] of arrivals.entries())
    labels[picture] = membership.groupOf((turn + 1) as FrameId) as number;
  return labels;
}

/**
 * Groups the pictures as the daemon would in this order of arrival. `inliersOf` compares keypoints where the
 * daemon would compare them; without `inliersOf` no keypoints are used.
 */
export async function replay(
  arrivals: readonly PlannedArrival[],
  embeddings: readonly Embedding[],
  options: GroupMatcherOptions,
  inliersOf?: InliersOf,
): Promise<Decided> {
  const [membership, index, budget] = [
    new MembershipCache(),
    new ExactIndex(),
    new VerificationBudget(initialBudget),
  ];
  const pictureOf = (frame: FrameId) => arrivals[frame - 1]?.picture ?? -1;
  const known = inMemory((frame) => embeddings[pictureOf(frame)]);
  const matcher = new GroupMatcher(index, membership, known, options);
  for (const [turn, { picture, captured }] of arrivals.entries()) {
    const features = { embedding: embeddings[picture] as Embedding, captured };
    const matchResult = await matcher.match(features);
    const asked = budget.isEnough ? matchResult.toVerify : [];
    budget.charge(asked.length > 0);
    const verify = async (frame: FrameId) => {
      const inliers = await inliersOf?.(picture, pictureOf(frame));
      return inliers === undefined ? [] : [{ frame, inliers }];
    };
    const assignment = matcher.decide(matchResult, (await Promise.all(asked.map(verify))).flat());
    const group = assignment.kind === 'joined' ? assignment.group : createGroup(membership);
    await matcher.add((turn + 1) as FrameId, features, group, assignment.evidence);
  }
  return { arrivals, membership, index, matcher };
}

/** Reads embeddings from memory, as a store does. */
export function inMemory(embeddingOf: (frame: FrameId) => Embedding | undefined): EmbeddingsOf {
  return async (frames) => {
    const found = new Map<FrameId, Embedding>();
    for (const frame of frames) {
      const embedding = embeddingOf(frame);
      if (embedding !== undefined) found.set(frame, embedding);
    }
    return found;
  };
}

export function createGroup(membership: MembershipCache): GroupId {
  const id = (membership.lastGroup + 1) as GroupId;
  membership.stageGroup({ id, folder: String(id), frames: 0, foundedMs: 0 });
  return id;
}
