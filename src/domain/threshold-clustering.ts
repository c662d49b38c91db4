import { assert } from '../lib/assert.ts';
import type { Label } from './contingency.ts';
import { type Embedding, similarity } from './embedding.ts';

/** An element and the most similar one among those that came before it. */
export interface Link {
  readonly element: number;
  readonly predecessor: number;
  readonly similarity: number;
}

/**
 * For each element but the first of `order`, its link to the nearest predecessor; of equals, the one that came
 * first. In order. Looks at every pair.
 */
export function nearestPredecessors(embeddings: readonly Embedding[], order: readonly number[]): Link[] {
  return order.slice(1).map((element, position) => {
    const before = order.slice(0, position + 1);
    let link: Link = { element, predecessor: -1, similarity: Number.NEGATIVE_INFINITY };
    for (const predecessor of before) {
      const near = similarity(embeddings[element] as Embedding, embeddings[predecessor] as Embedding);
      if (near > link.similarity) link = { element, predecessor, similarity: near };
    }
    return link;
  });
}

/**
 * Plain online nearest-neighbour grouping, the baseline: each element joins the group of its nearest predecessor
 * if their similarity is at least `threshold`, and founds a group otherwise. A label is the founder's number.
 */
export function groupByThreshold(
  embeddings: readonly Embedding[],
  order: readonly number[],
  threshold: number,
): number[] {
  const labels = embeddings.map((_, element) => element);
  for (const link of nearestPredecessors(embeddings, order)) {
    if (link.similarity >= threshold) labels[link.element] = labels[link.predecessor] as number;
  }
  return labels;
}

/** BCubed scores of the grouping that a threshold gives. */
export interface ThresholdScore {
  readonly threshold: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/**
 * The scores of every threshold that gives a grouping of its own, from all single (threshold infinite) down.
 * Lowering the threshold only ever merges groups, so the scores are kept up rather than counted anew.
 */
export function sweepThresholds(links: readonly Link[], truth: readonly Label[]): ThresholdScore[] {
  const groups = new MergingGroups(truth);
  const curve = [groups.scoreAt(Number.POSITIVE_INFINITY)];
  const falling = links.toSorted((a, b) => b.similarity - a.similarity);
  for (const [position, { element, predecessor, similarity: threshold }] of falling.entries()) {
    groups.merge(element, predecessor);
    if (falling[position + 1]?.similarity !== threshold) curve.push(groups.scoreAt(threshold));
  }
  return curve;
}

/** The threshold with the highest F1 on this very data, as an oracle would choose it. */
export function bestThreshold(links: readonly Link[], truth: readonly Label[]): ThresholdScore {
  return sweepThresholds(links, truth).reduce((best, score) => (score.f1 > best.f1 ? score : best));
}

/** How many elements of each true group a predicted group holds. */
interface Holding {
  readonly counts: Map<Label, number>;
  size: number;
}

/** Groups that start as singles and merge; knows its BCubed sums at any time. */
class MergingGroups {
  readonly #parent: number[];
  readonly #holdings: Holding[];
  readonly #truthSizes = new Map<Label, number>();
  /** Sums over elements, to be divided by their number. */
  #precision = 0;
  #recall = 0;

  constructor(truth: readonly Label[]) {
    this.#parent = truth.map((_, element) => element);
    this.#holdings = truth.map((label) => ({ counts: new Map([[label, 1]]), size: 1 }));
    for (const label of truth) this.#truthSizes.set(label, (this.#truthSizes.get(label) ?? 0) + 1);
    for (const holding of this.#holdings) this.#count(holding, +1);
  }

  merge(a: number, b: number): void {
    const [one, other] = [this.#root(a), this.#root(b)];
    assert(one !== other, 'two links lead to the same predecessor group');
    const [large, small] =
      this.#holding(one).counts.size < this.#holding(other).counts.size ? [other, one] : [one, other];
    this.#parent[small] = large;
    this.#absorb(this.#holding(large), this.#holding(small));
  }

  scoreAt(threshold: number): ThresholdScore {
    const elements = this.#parent.length;
    const [precision, recall] = [this.#precision / elements, this.#recall / elements];
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

  /** Adds what a group contributes to both sums, or takes it away. */
  #count({ counts, size }: Holding, sign: 1 | -1): void {
    for (const [label, count] of counts) {
      this.#precision += (sign * count * count) / size;
      this.#recall += (sign * count * count) / (this.#truthSizes.get(label) as number);
    }
  }

  #root(element: number): number {
    let root = element;
    while (this.#parent[root] !== root) root = this.#parent[root] as number;
    this.#parent[element] = root; // the next search is short
    return root;
  }

  #holding(root: number): Holding {
    return this.#holdings[root] as Holding;
  }
}
