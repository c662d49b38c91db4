import type { Embedding } from '../../domain/embedding.ts';
import type { FrameId } from '../../domain/frame.ts';
import type { GroupId } from '../../domain/group.ts';
import { GroupMatcher, type GroupMatcherOptions } from '../../grouping/group-matcher.ts';
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

/** Groups the pictures as the daemon would in this order of arrival. */
export function replay(
  arrivals: readonly PlannedArrival[],
  embeddings: readonly Embedding[],
  options: GroupMatcherOptions,
): Decided {
  const deciding = decideInOrder(arrivals, embeddings, options);
  let step = deciding.next();
  while (!step.done) step = deciding.next([]);
  return step.value;
}

/** Like `replay`, with keypoints where the daemon would use them. */
export async function replayWithKeypoints(
  arrivals: readonly PlannedArrival[],
  embeddings: readonly Embedding[],
  options: GroupMatcherOptions,
  inliersOf: InliersOf,
): Promise<Decided> {
  const deciding = decideInOrder(arrivals, embeddings, options);
  let step = deciding.next();
  while (!step.done) {
    const { picture, others } = step.value;
    step = deciding.next(await Promise.all(others.map((other) => inliersOf(picture, other))));
  }
  return step.value;
}

interface KeypointQuestion {
  readonly picture: number;
  readonly others: readonly number[];
}

/** Yields keypoint questions, and expects the inliers of each picture, or an empty list. */
function* decideInOrder(
  arrivals: readonly PlannedArrival[],
  embeddings: readonly Embedding[],
  options: GroupMatcherOptions,
): Generator<KeypointQuestion, Decided, readonly number[]> {
  const [membership, index, budget] = [
    new MembershipCache(),
    new ExactIndex(),
    new VerificationBudget(initialBudget),
  ];
  const pictureOf = (frame: FrameId) => arrivals[frame - 1]?.picture ?? -1;
  const matcher = new GroupMatcher(index, membership, (frame) => embeddings[pictureOf(frame)], options);
  for (const [turn, { picture, captured }] of arrivals.entries()) {
    const features = { embedding: embeddings[picture] as Embedding, captured };
    const matchResult = matcher.match(features);
    const asked = budget.isEnough ? matchResult.toVerify : [];
    const inliers = asked.length > 0 ? yield { picture, others: asked.map(pictureOf) } : [];
    budget.charge(asked.length > 0);
    const matches = inliers.map((createGroup, at) => ({ frame: asked[at] as FrameId, inliers: createGroup }));
    const assignment = matcher.decide(matchResult, matches);
    const group = assignment.kind === 'joined' ? assignment.group : createGroup(membership);
    matcher.add((turn + 1) as FrameId, features, group, assignment.evidence);
  }
  return { arrivals, membership, index, matcher };
}

function createGroup(membership: MembershipCache): GroupId {
  const id = membership.takeGroupId();
  membership.stageGroup({ id, folder: String(id), frames: 0, foundedMs: 0 });
  return id;
}
