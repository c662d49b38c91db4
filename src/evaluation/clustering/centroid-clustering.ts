import type { Embedding } from '../../domain/embedding.ts';

/**
 * Plain online clustering by centroid. Each element of `order` joins the group with the most similar centroid
 * if the similarity reaches `threshold`, else founds a group. Returns a label for each element.
 */
export function groupByCentroid(
  embeddings: readonly Embedding[],
  order: readonly number[],
  threshold: number,
): number[] {
  const groups: Mean[] = [];
  const labels = new Array<number>(embeddings.length);
  for (const element of order) {
    const embedding = embeddings[element] as Embedding;
    const near = nearest(groups, embedding);
    const label = near.similarity >= threshold ? near.group : groups.length;
    groups[label] = withMember(groups[label], embedding);
    labels[element] = label;
  }
  return labels;
}

/** A sum of unit vectors, and its norm. */
interface Mean {
  readonly sum: Float64Array;
  readonly norm: number;
}

function nearest(groups: readonly Mean[], embedding: Embedding): { group: number; similarity: number } {
  let best = { group: -1, similarity: Number.NEGATIVE_INFINITY };
  for (const [group, { sum, norm }] of groups.entries()) {
    const similarity = dot(sum, embedding) / norm;
    if (similarity > best.similarity) best = { group, similarity };
  }
  return best;
}

function withMember(group: Mean | undefined, embedding: Embedding): Mean {
  const sum = Float64Array.from(embedding, (value, i) => value + (group?.sum[i] ?? 0));
  return { sum, norm: Math.sqrt(dot(sum, sum)) };
}

function dot(a: Float64Array, b: Float64Array | Embedding): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
