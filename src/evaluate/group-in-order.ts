import { Catalogue } from '../assign/catalogue.ts';
import { Credit, creditAtFirst } from '../assign/credit.ts';
import { Grouper, type GrouperOptions } from '../assign/grouper.ts';
import type { Embedding } from '../domain/embedding.ts';
import type { FrameId } from '../domain/frame.ts';
import type { Group, GroupId } from '../domain/group.ts';
import { ExactIndex } from '../vectors/exact-index.ts';
import type { PlannedArrival } from './arrivals.ts';

/** How many keypoints two pictures share, by their places in `embeddings`. */
export type InliersOf = (picture: number, other: number) => Promise<number>;

/** Groups the pictures as the daemon would if they came like this: the group of each, by its place in `embeddings`. */
export function groupInOrder(
  arrivals: readonly PlannedArrival[],
  embeddings: readonly Embedding[],
  options: GrouperOptions,
): number[] {
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
): Promise<number[]> {
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
): Generator<Asked, number[], readonly number[]> {
  const [catalogue, index, credit] = [new Catalogue(), new ExactIndex(), new Credit(creditAtFirst)];
  const pictureOf = (frame: FrameId) => arrivals[frame - 1]?.picture ?? -1;
  const grouper = new Grouper(index, catalogue, (frame) => embeddings[pictureOf(frame)], options);
  const labels = new Array<number>(embeddings.length);
  for (const [turn, { picture, captured }] of arrivals.entries()) {
    const sight = { embedding: embeddings[picture] as Embedding, captured };
    const prospects = grouper.consider(sight);
    const asked = credit.isEnough ? prospects.inDoubt : [];
    const inliers = asked.length > 0 ? yield { picture, others: asked.map(pictureOf) } : [];
    credit.settle(asked.length > 0);
    const verdicts = inliers.map((found, at) => ({ frame: asked[at] as FrameId, inliers: found }));
    const assignment = grouper.settle(prospects, verdicts);
    const group = assignment.kind === 'joined' ? assignment.group : found(catalogue, turn);
    grouper.remember((turn + 1) as FrameId, sight, group, assignment.evidence);
    labels[picture] = group;
  }
  return labels;
}

function found(catalogue: Catalogue, turn: number): GroupId {
  const group: Group = { id: (turn + 1) as GroupId, folder: String(turn), frames: 0, foundedMs: 0 };
  catalogue.putGroup(group);
  return group.id;
}
