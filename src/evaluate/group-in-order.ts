import { Catalogue } from '../assign/catalogue.ts';
import { Grouper, type GrouperOptions } from '../assign/grouper.ts';
import type { Embedding } from '../domain/embedding.ts';
import type { FrameId } from '../domain/frame.ts';
import type { Group, GroupId } from '../domain/group.ts';
import { ExactIndex } from '../vectors/exact-index.ts';
import type { PlannedArrival } from './arrivals.ts';

/** Groups the pictures as the daemon would if they came like this: the group of each, by its place in `embeddings`. */
export function groupInOrder(
  arrivals: readonly PlannedArrival[],
  embeddings: readonly Embedding[],
  options: GrouperOptions,
): number[] {
  const [catalogue, index] = [new Catalogue(), new ExactIndex()];
  const embeddingOf = (frame: FrameId) => embeddings[arrivals[frame - 1]?.picture ?? -1];
  const grouper = new Grouper(index, catalogue, embeddingOf, options);
  const labels = new Array<number>(embeddings.length);
  arrivals.forEach(({ picture, captured }, turn) => {
    const sight = { embedding: embeddings[picture] as Embedding, captured };
    const assignment = grouper.decide(sight);
    const group = assignment.kind === 'joined' ? assignment.group : found(catalogue, turn);
    grouper.remember((turn + 1) as FrameId, sight, group, assignment.evidence.lessons);
    labels[picture] = group;
  });
  return labels;
}

function found(catalogue: Catalogue, turn: number): GroupId {
  const group: Group = { id: (turn + 1) as GroupId, folder: String(turn), frames: 0, foundedMs: 0 };
  catalogue.putGroup(group);
  return group.id;
}
