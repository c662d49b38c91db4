import type { SimilarityMatrix } from '../../domain/similarity/similarity-matrix.ts';
import { densityTree, type TreeNode } from './density-tree.ts';

export interface HdbscanOptions {
  /** Smallest size of a group. */
  readonly sizeMin: number;
  /** Number of neighbours that defines density. */
  readonly neighbours: number;
}

export interface Selection {
  /** `mass`: the most persistent groups (excess of mass); `leaf`: the smallest groups. */
  readonly method: 'mass' | 'leaf';
  /** Groups above this similarity are not split; 1: split wherever possible. */
  readonly similarity: number;
}

/**
 * HDBSCAN (Campello et al. 2013; McInnes & Healy 2017, with the cut of Malzer & Baum 2020). Groups are
 * regions denser than their neighbourhood, each at its own density. The constructor builds the tree once;
 * `select` chooses groups from the tree. Returns a label for each element. A noise element is a group of its
 * own.
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

  /**
   * Works up from the leaves. Keeps a cluster if it persists at least as long as the best clusters inside.
   * Never selects the root.
   */
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

  /**
   * Returns the cluster, or its nearest ancestor that split off beyond `distance`. Never returns the root.
   */
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

/** A region with at least `sizeMin` elements while the required density rises. */
interface Cluster {
  readonly parent: number;
  /** Density (1 / distance) at the split from its parent. */
  readonly bornAt: number;
  readonly children: number[];
  /** Elements that left the region before its end. */
  readonly elements: number[];
  /** Sum over its elements of the density range that each stayed for. */
  stability: number;
}

/**
 * Drops splits with fewer than `sizeMin` elements on one side. Parents precede their children; the root is
 * first.
 */
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
