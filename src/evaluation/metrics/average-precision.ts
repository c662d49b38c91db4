import type { SimilarityMatrix } from '../../domain/similarity/similarity-matrix.ts';
import type { Label } from './contingency.ts';

/**
 * Returns the mean average precision of retrieval, in [0, 1]: each element queries for the other members of
 * its group. Elements alone in their group are skipped.
 */
export function meanAveragePrecision(near: SimilarityMatrix, truth: readonly Label[]): number {
  const precisions = truth.flatMap((label, at) => {
    const similarities = near.row(at);
    const ranked = Array.from(truth.keys())
      .filter((other) => other !== at)
      .sort((a, b) => (similarities[b] as number) - (similarities[a] as number));
    const hits = ranked.flatMap((other, rank) => (truth[other] === label ? [rank + 1] : []));
    return hits.length === 0 ? [] : [mean(hits.map((rank, i) => (i + 1) / rank))];
  });
  return mean(precisions);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
