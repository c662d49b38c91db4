import type { SimilarityMatrix } from '../../domain/similarity/similarity-matrix.ts';
import type { Link } from './threshold-clustering.ts';

/**
 * Average linkage (UPGMA): repeatedly merges the two groups with the highest average similarity. Each link
 * joins the groups of its two elements at their average similarity. groupByThreshold can cut the tree at any
 * height. Uses nearest-neighbour chains (Murtagh 1983): quadratic time and memory.
 */
export function averageLinkage(near: SimilarityMatrix): Link[] {
  const groups = new Averages(near);
  const links: Link[] = [];
  const chain: number[] = [];
  while (groups.count > 1) {
    if (chain.length === 0) chain.push(groups.any());
    const [last, before] = [chain.at(-1) as number, chain.at(-2)];
    const { other, similarity } = groups.nearestTo(last, before);
    if (other !== before) {
      chain.push(other);
      continue;
    }
    // Mutual nearest neighbours: merges elsewhere cannot change this.
    links.push({ element: last, other, similarity });
    groups.merge(last, other);
    chain.splice(-2);
  }
  return links;
}

/** Average similarities between groups. A group is named by one of its members. */
class Averages {
  readonly #near: Float64Array[];
  readonly #sizes: number[];
  readonly #alive: Set<number>;

  constructor(near: SimilarityMatrix) {
    const elements = Array.from({ length: near.size }, (_, element) => element);
    this.#near = elements.map((element) => near.row(element).slice());
    this.#sizes = elements.map(() => 1);
    this.#alive = new Set(elements);
  }

  get count(): number {
    return this.#alive.size;
  }

  any(): number {
    return this.#alive.values().next().value as number;
  }

  /** Returns the most similar group. Ties go to `preferred`, otherwise chains might never end. */
  nearestTo(group: number, preferred: number | undefined): { other: number; similarity: number } {
    const row = this.#near[group] as Float64Array;
    let other = preferred ?? -1;
    let similarity = preferred === undefined ? Number.NEGATIVE_INFINITY : (row[preferred] as number);
    for (const candidate of this.#alive) {
      if (candidate === group || (row[candidate] as number) <= similarity) continue;
      other = candidate;
      similarity = row[candidate] as number;
    }
    return { other, similarity };
  }

  /** Merges `group` into `into` and removes `group`. */
  merge(group: number, into: number): void {
    this.#alive.delete(group);
    const [from, to] = [this.#sizes[group] as number, this.#sizes[into] as number];
    const [rowFrom, rowTo] = [this.#near[group] as Float64Array, this.#near[into] as Float64Array];
    for (const other of this.#alive) {
      const average = (from * (rowFrom[other] as number) + to * (rowTo[other] as number)) / (from + to);
      rowTo[other] = average;
      (this.#near[other] as Float64Array)[into] = average;
    }
    this.#sizes[into] = from + to;
  }
}
