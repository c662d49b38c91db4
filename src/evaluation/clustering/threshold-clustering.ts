import type { SimilarityMatrix } from '../../domain/similarity/similarity-matrix.ts';
import { assert } from '../../lib/assert.ts';
import type { Label } from '../metrics/contingency.ts';
import { DisjointSets } from './disjoint-sets.ts';

/** Two elements whose groups merge at thresholds up to `similarity`. */
export interface Link {
  readonly element: number;
  readonly other: number;
  readonly similarity: number;
}

/**
 * Returns the link of each element to its nearest predecessor in `order`, except for the first element. Ties
 * go to the earlier predecessor. Compares every pair.
 */
export function nearestPredecessors(near: SimilarityMatrix, order: readonly number[]): Link[] {
  return order.slice(1).map((element, position) => {
    const similarities = near.row(element);
    let [other, best] = [order[0] as number, Number.NEGATIVE_INFINITY];
    for (const predecessor of order.slice(0, position + 1)) {
      const similarity = similarities[predecessor] as number;
      if (similarity > best) [other, best] = [predecessor, similarity];
    }
    return { element, other, similarity: best };
  });
}

/**
 * Returns a label for each element: the connected components over links at or above `threshold`. With links
 * to nearest predecessors this equals plain online nearest-neighbour clustering, the baseline. There, an
 * element joins the group of its nearest predecessor if the similarity reaches the threshold, else founds a
 * group.
 */
export function groupByThreshold(links: readonly Link[], elements: number, threshold: number): number[] {
  const sets = new DisjointSets(elements);
  for (const { element, other, similarity } of links) if (similarity >= threshold) sets.join(element, other);
  return Array.from({ length: elements }, (_, element) => sets.root(element));
}

/** BCubed scores of the grouping at a threshold. */
export interface ThresholdScore {
  readonly threshold: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/**
 * Returns the scores of all distinct groupings, from singletons (threshold infinite) down. A lower threshold
 * only merges groups, therefore the scores are updated incrementally.
 */
export function sweepThresholds(links: readonly Link[], truth: readonly Label[]): ThresholdScore[] {
  const groups = new MergingGroups(truth);
  const curve = [groups.scoreAt(Number.POSITIVE_INFINITY)];
  const falling = links.toSorted((a, b) => b.similarity - a.similarity);
  for (const [position, { element, other, similarity: threshold }] of falling.entries()) {
    groups.merge(element, other);
    if (falling[position + 1]?.similarity !== threshold) curve.push(groups.scoreAt(threshold));
  }
  return curve;
}

/** Returns the threshold with the highest F1 on this data, an oracle's choice. */
export function bestThreshold(links: readonly Link[], truth: readonly Label[]): ThresholdScore {
  return sweepThresholds(links, truth).reduce((best, score) => (score.f1 > best.f1 ? score : best));
}

/**
 * Returns the threshold with the highest mean F1 over several sets of links, such as several orders of
 * arrival. Precision and recall are means too.
 */
export function bestCommonThreshold(
  linksOfRuns: readonly (readonly Link[])[],
  truth: readonly Label[],
): ThresholdScore {
  const changes = linksOfRuns
    .flatMap((links, run) => sweepThresholds(links, truth).map((score) => ({ run, score })))
    .sort((a, b) => b.score.threshold - a.score.threshold);
  const now: ThresholdScore[] = [];
  let best = { threshold: Number.POSITIVE_INFINITY, precision: 0, recall: 0, f1: 0 };
  for (const [position, { run, score }] of changes.entries()) {
    now[run] = score;
    if (changes[position + 1]?.score.threshold === score.threshold) continue;
    const f1 = meanOf(now, 'f1');
    if (f1 <= best.f1) continue;
    const { threshold } = score;
    best = { threshold, f1, precision: meanOf(now, 'precision'), recall: meanOf(now, 'recall') };
  }
  return best;
}

function meanOf(scores: readonly ThresholdScore[], figure: keyof ThresholdScore): number {
  return scores.reduce((sum, score) => sum + score[figure], 0) / scores.length;
}

/** Counts of true groups in a predicted group. */
interface Holding {
  readonly counts: Map<Label, number>;
  size: number;
}

/** Merging groups with their BCubed sums, starting from singletons. */
class MergingGroups {
  readonly #sets: DisjointSets;
  readonly #elements: number;
  readonly #holdings: Holding[];
  readonly #truthSizes = new Map<Label, number>();
  /** Sums over elements, to be divided by their number. */
  #precision = 0;
  #recall = 0;

  constructor(truth: readonly Label[]) {
    this.#elements = truth.length;
    this.#sets = new DisjointSets(truth.length);
    this.#holdings = truth.map((label) => ({ counts: new Map([[label, 1]]), size: 1 }));
    for (const label of truth) this.#truthSizes.set(label, (this.#truthSizes.get(label) ?? 0) + 1);
    for (const holding of this.#holdings) this.#count(holding, +1);
  }

  merge(a: number, b: number): void {
    const [one, other] = [this.#sets.root(a), this.#sets.root(b)];
    assert(one !== other, 'two links join the same groups');
    const root = this.#sets.join(one, other);
    const [from, into] = [this.#holding(root === one ? other : one), this.#holding(root)];
    const [large, small] = from.counts.size > into.counts.size ? [from, into] : [into, from];
    this.#absorb(large, small);
    this.#holdings[root] = large;
  }

  scoreAt(threshold: number): ThresholdScore {
    const [precision, recall] = [this.#precision / this.#elements, this.#recall / this.#elements];
    return { threshold, precision, recall, f1: (2 * precision * recall) / (precision + recall) };
  }

  #absorb(large: Holding, small: Holding): void {
    this.#count(large, -1);
    this.#count(small, -1);
    for (const [label, count] of small.counts)
      large.counts.set(label, (large.counts.get(label) ?? 0) + count);
    large.size += small.size;
    this.#count(large, +1);
  }

  /** Adds or subtracts a group's contribution to both sums. */
  #count({ counts, size }: Holding, sign: 1 | -1): void {
    for (const [label, count] of counts) {
      this.#precision += (sign * count * count) / size;
      this.#recall += (sign * count * count) / (this.#truthSizes.get(label) as number);
    }
  }

  #holding(root: number): Holding {
    return this.#holdings[root] as Holding;
  }
}
