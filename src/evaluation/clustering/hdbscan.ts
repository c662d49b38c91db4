import type { SimilarityMatrix } from '../../domain/similarity/similarity-matrix.ts';
import { densityTree, type TreeNode } from './density-tree.ts';

export interface HdbscanOptions {
  /** Fewer elements are no group. */
  readonly sizeMin: number;
  /** How many neighbours make a place dense. */
  readonly neighbours: number;
}

export interface Selection {
  /** `mass`: the groups that last longest (excess of mass); `leaf`: the smallest ones. */
  readonly method: 'mass' | 'leaf';
  /** Groups are not split where all is so similar; 1: wherever they can be. */
  readonly similarity: number;
}

/**
 * HDBSCAN (Campello et al. 2013; McInnes & Healy 2017, with the cut of Malzer & Baum 2020): groups are places denser
 * than what is around them, each at a density of its own. The tree is made once, the groups are selected from it; a
 * label for each element; one that belongs to nothing is a group of its own.
 */
export class Hdbscan {
  readonly #elements: number;
  readonly #clusters: readonly Cluster[];

  constructor(near: SimilarityMatrix, { sizeMin, neighbours }: HdbscanOptions) {
    const root = densityTree(near, neighbours);
    this.#elements = near.size;
    this.#clusters = root === undefined ? [] : condense(root, sizeMin);
  }

  select({ method, similarity }: Selection): number[] {
    const labels = Array.from({ length: this.#elements }, (_, element) => this.#clusters.length + element);
    const distance = Math.sqrt(Math.max(0, 2 - 2 * similarity));
    const chosen = method === 'mass' ? this.#longestLived() : this.#leaves();
    for (const cluster of new Set(chosen.map((one) => this.#widened(one, distance))))
      for (const element of this.#elementsOf(cluster)) labels[element] = cluster;
    return labels;
  }

  #at(cluster: number): Cluster {
    return this.#clusters[cluster] as Cluster;
  }

  /** From the leaves up: a cluster is kept when it lasts at least as long as the best ones in it; never the root. */
  #longestLived(): number[] {
    const best: { clusters: number[]; stability: number }[] = [];
    for (let at = this.#clusters.length - 1; at >= 0; at--) {
      const { children, stability } = this.#at(at);
      const inside = children.map((child) => best[child] as (typeof best)[number]);
      const within = inside.reduce((sum, one) => sum + one.stability, 0);
      best[at] =
        within > stability || at === 0
          ? { clusters: inside.flatMap(({ clusters }) => clusters), stability: within }
          : { clusters: [at], stability };
    }
    return best[0]?.clusters ?? [];
  }

  #leaves(): number[] {
    const positions = Array.from(this.#clusters.keys());
    return positions.filter((at) => at > 0 && this.#at(at).children.length === 0);
  }

  /** The cluster, or the next around it that was split off beyond `distance`; the root is never meant. */
  #widened(cluster: number, distance: number): number {
    let at = cluster;
    while (1 / this.#at(at).bornAt < distance && this.#at(at).parent !== 0) at = this.#at(at).parent;
    return at;
  }

  #elementsOf(cluster: number): number[] {
    const { children, elements } = this.#at(cluster);
    return [...elements, ...children.flatMap((child) => this.#elementsOf(child))];
  }
}

/** A place that stays dense enough for `sizeMin` elements while the density that is asked for rises. */
interface Cluster {
  readonly parent: number;
  /** The density, as 1 / distance, at which it split off from its parent. */
  readonly bornAt: number;
  readonly children: number[];
  /** Those that fell out of it before it ended. */
  readonly elements: number[];
  /** Summed over its elements, for how much density each stayed in it. */
  stability: number;
}

/** Drops every split that leaves too few on one side. Parents come before their children; the root is the first. */
function condense(root: TreeNode, sizeMin: number): Cluster[] {
  const clusters: Cluster[] = [];
  const begin = (node: TreeNode, parent: number, bornAt: number) => {
    const cluster = clusters.push({ parent, bornAt, children: [], elements: [], stability: 0 }) - 1;
    if (cluster > 0) (clusters[parent] as Cluster).children.push(cluster);
    waiting.push({ node, cluster });
  };
  const waiting: { node: TreeNode; cluster: number }[] = [];
  begin(root, 0, 0);
  for (const { node, cluster } of waiting) {
    if ('element' in node) continue;
    const [density, one] = [1 / node.distance, clusters[cluster] as Cluster];
    const sides = [node.left, node.right];
    const large = sides.filter(({ size }) => size >= sizeMin);
    const leaving = large.length === 2 ? large : sides.filter(({ size }) => size < sizeMin);
    for (const side of leaving) one.stability += (density - one.bornAt) * side.size;
    if (large.length === 2) for (const side of large) begin(side, cluster, density);
    else {
      for (const side of leaving) one.elements.push(...elementsBelow(side));
      for (const side of large) waiting.push({ node: side, cluster });
    }
  }
  return clusters;
}

function elementsBelow(node: TreeNode): number[] {
  const elements: number[] = [];
  const waiting = [node];
  for (const next of waiting) {
    if ('element' in next) elements.push(next.element);
    else waiting.push(next.left, next.right);
  }
  return elements;
}
