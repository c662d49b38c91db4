import type { Embedding } from '../../domain/embedding.ts';
import type { FrameId } from '../../domain/frame.ts';
import type { GroupId } from '../../domain/group.ts';
import { Grouper, type GrouperOptions } from '../../grouping/group-matcher.ts';
import { Credit, creditAtFirst } from '../../grouping/verification-budget.ts';
import { Catalogue } from '../../storage/membership-cache.ts';
import { ExactIndex } from '../../storage/vectors/exact-index.ts';
import type { VectorIndex } from '../../storage/vectors/vector-index.ts';
import type { PlannedArrival } from './arrival-orders.ts';

/** How many keypoints two pictures share, by their places in `embeddings`. */
export type InliersOf = (picture: number, other: number) => Promise<number>;

/** The pictures of a truth as the daemon grouped them: all that it knows when the last has arrived. */
export interface Decided {
  readonly arrivals: readonly PlannedArrival[];
  readonly catalogue: Catalogue;
  readonly index: VectorIndex;
  readonly grouper: Grouper;
}

/** The group of each picture, by its place in the truth. */
export function labelsOf({ arrivals, catalogue }: Decided): number[] {
  const labels = new Array<number>(arrivals.length);
  for (const [turn, { picture }] of arrivals.entries())
    labels[picture] = catalogue.groupOf((turn + 1) as FrameId) as number;
  return labels;
}

/** Groups the pictures as the daemon would if they came like this. */
export function groupInOrder(
  arrivals: readonly PlannedArrival[],
  embeddings: readonly Embedding[],
  options: GrouperOptions,
): Decided {
  const deciding = decideInOrder(arrivals, embeddings, options);
  let step = deciding.next();
  while (!step.done) step = deciding.next([]);
  return step.value;
}

/** The same, with keypoints asked where the daemon would ask them. */
export async function groupSeeing(
  arrivals: readonly PlannedArrival[],
  embeddings: readonly Embedding[],
  options: GrouperOptions,
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

interface Asked {
  readonly picture: number;
  readonly others: readonly number[];
}

/** Yields the pictures that keypoints are asked about, and goes on with the inliers of each, or without any. */
function* decideInOrder(
  arrivals: readonly PlannedArrival[],
  embeddings: readonly Embedding[],
  options: GrouperOptions,
): Generator<Asked, Decided, readonly number[]> {
  const [catalogue, index, credit] = [new Catalogue(), new ExactIndex(), new Credit(creditAtFirst)];
  const pictureOf = (frame: FrameId) => arrivals[frame - 1]?.picture ?? -1;
  const grouper = new Grouper(index, catalogue, (frame) => embeddings[pictureOf(frame)], options);
  for (const [turn, { picture, captured }] of arrivals.entries()) {
    const sight = { embedding: embeddings[picture] as Embedding, captured };
    const prospects = grouper.consider(sight);
    const asked = credit.isEnough ? prospects.inDoubt : [];
    const inliers = asked.length > 0 ? yield { picture, others: asked.map(pictureOf) } : [];
    credit.settle(asked.length > 0);
    const verdicts = inliers.map((found, at) => ({ frame: asked[at] as FrameId, inliers: found }));
    const assignment = grouper.settle(prospects, verdicts);
    const group = assignment.kind === 'joined' ? assignment.group : found(catalogue);
    grouper.remember((turn + 1) as FrameId, sight, group, assignment.evidence);
  }
  return { arrivals, catalogue, index, grouper };
}

function found(catalogue: Catalogue): GroupId {
  const id = catalogue.takeGroupId();
  catalogue.putGroup({ id, folder: String(id), frames: 0, foundedMs: 0 });
  return id;
}
