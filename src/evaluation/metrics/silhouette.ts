import type { SimilarityMatrix } from '../../domain/similarity/similarity-matrix.ts';

/**
 * Mean silhouette in [-1, 1]: how much nearer elements lie to their own group than to the next group, by 1 -
 * similarity (Rousseeuw 1987). Elements alone in their group count 0. Needs no ground truth.
 */
export function silhouette(near: SimilarityMatrix, labels: readonly number[]): number {
  const groups = [...new Set(labels)];
  const places = new Map(groups.map((label, place) => [label, place]));
  const sizes = new Array<number>(groups.length).fill(0);
  const own = labels.map((label) => places.get(label) as number);
  for (const place of own) sizes[place] = (sizes[place] as number) + 1;
  const scores = own.map((place, element) => scoreOf(near.row(element), { place, own, sizes, element }));
  return scores.reduce((sum, score) => sum + score, 0) / Math.max(1, scores.length);
}

interface Standing {
  readonly element: number;
  /** The element's group, the group of every element, and the size of each group. */
  readonly place: number;
  readonly own: readonly number[];
  readonly sizes: readonly number[];
}

function scoreOf(similarities: Float64Array, { element, place, own, sizes }: Standing): number {
  if ((sizes[place] as number) < 2 || sizes.length < 2) return 0;
  const sums = new Float64Array(sizes.length);
  for (const [other, group] of own.entries())
    if (other !== element) sums[group] = (sums[group] as number) + 1 - (similarities[other] as number);
  const inside = (sums[place] as number) / ((sizes[place] as number) - 1);
  let outside = Number.POSITIVE_INFINITY;
  for (const [group, size] of sizes.entries())
    if (group !== place) outside = Math.min(outside, (sums[group] as number) / size);
  return (outside - inside) / Math.max(inside, outside, Number.EPSILON);
}
