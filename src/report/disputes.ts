/** Two elements, and the groupings that join them. */
export interface DisputedPair {
  readonly pair: readonly [number, number];
  readonly together: readonly number[];
}

/**
 * Returns the pairs with the most even split of the groupings. Uses each element once: a dispute about two
 * whole groups is represented by a few pairs.
 */
export function disputedPairs(groupings: readonly (readonly number[])[], pairsMax: number): DisputedPair[] {
  const elements = groupings[0]?.length ?? 0;
  const found: DisputedPair[] = [];
  const used = new Set<number>();
  for (let camp = Math.floor(groupings.length / 2); camp >= 1; camp--) {
    for (const pair of pairsOf(elements, used)) {
      if (found.length === pairsMax) return found;
      const together = togetherIn(groupings, pair);
      if (Math.min(together.length, groupings.length - together.length) !== camp) continue;
      for (const element of pair) used.add(element);
      found.push({ pair, together });
    }
  }
  return found;
}

function* pairsOf(elements: number, used: ReadonlySet<number>): Iterable<readonly [number, number]> {
  for (let a = 0; a < elements; a++) {
    for (let b = a + 1; b < elements && !used.has(a); b++) if (!used.has(b)) yield [a, b];
  }
}

function togetherIn(groupings: readonly (readonly number[])[], [a, b]: readonly [number, number]): number[] {
  const together: number[] = [];
  for (const [at, labels] of groupings.entries()) if (labels[a] === labels[b]) together.push(at);
  return together;
}
