import { crowdingAmong, usualOf } from '../../domain/assignment/crowding.ts';
import type { SimilarityMatrix } from '../../domain/similarity/similarity-matrix.ts';
import type { Label } from '../metrics/contingency.ts';

/** Returns the usual crowding of pictures with known groups. */
export function usualCrowding(near: SimilarityMatrix, truth: readonly Label[]): number | undefined {
  const numbers = new Map<Label, number>();
  for (const label of truth) if (!numbers.has(label)) numbers.set(label, numbers.size);
  const elements = Array.from(truth, (label, at) => ({ at, group: numbers.get(label) as number }));
  return usualOf(
    elements.map(({ at: own }) =>
      crowdingAmong(
        elements
          .filter(({ at }) => at !== own)
          .map(({ at, group }) => ({ group, similarity: near.at(own, at) }))
          .sort((a, b) => b.similarity - a.similarity),
      ),
    ),
  );
}
