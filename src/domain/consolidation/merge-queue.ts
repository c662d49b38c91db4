import type { GroupSimilarity } from './group-similarity.ts';
import type { Steps } from './questions.ts';

/** Two similar groups, candidates for a merge. */
export interface Pair {
  readonly one: number;
  readonly other: number;
  readonly groupSimilarity: GroupSimilarity;
}

/** Priority queue of group pairs, most similar first. Follows merges of the groups. */
export class MergeQueue {
  readonly #compare: (one: number, other: number) => Steps<Pair | undefined>;
  readonly #pairs = new Map<string, Pair | undefined>();

  /** `compare` returns the pair if the groups with these ids qualify for a merge. Yields now and then. */
  constructor(compare: (one: number, other: number) => Steps<Pair | undefined>) {
    this.#compare = compare;
  }

  *add(a: number, b: number): Steps<void> {
    const [one, other] = a < b ? [a, b] : [b, a];
    const key = `${one} ${other}`;
    if (!this.#pairs.has(key)) this.#pairs.set(key, yield* this.#compare(one, other));
  }

  /** Takes the most similar pair. Each pair is taken once. */
  take(): Pair | undefined {
    let best: Pair | undefined;
    for (const pair of this.#pairs.values()) if (pair !== undefined && isBefore(pair, best)) best = pair;
    if (best !== undefined) this.#pairs.set(`${best.one} ${best.other}`, undefined);
    return best;
  }

  /** Replaces pairs of either group by pairs of the merged group. */
  *merged(from: number, into: number): Steps<void> {
    const partners = new Set<number>();
    for (const key of [...this.#pairs.keys()]) {
      const ends = key.split(' ').map(Number);
      if (!ends.includes(from) && !ends.includes(into)) continue;
      this.#pairs.delete(key);
      for (const end of ends) if (end !== from && end !== into) partners.add(end);
    }
    for (const partner of partners) yield* this.add(partner, into);
  }
}

/** Ties go to the pair of the earlier groups. */
function isBefore(pair: Pair, best: Pair | undefined): boolean {
  if (best === undefined || pair.groupSimilarity.score > best.groupSimilarity.score) return true;
  if (pair.groupSimilarity.score < best.groupSimilarity.score) return false;
  return pair.one < best.one || (pair.one === best.one && pair.other < best.other);
}
