import type { SimilarityMatrix } from '../../domain/similarity/similarity-matrix.ts';
import { DisjointSets } from './disjoint-sets.ts';

/** A node of the merge tree: an element, or two nodes at their distance. */
export type TreeNode =
  | { readonly element: number; readonly size: 1 }
  | { readonly left: TreeNode; readonly right: TreeNode; readonly distance: number; readonly size: number };

/**
 * Builds the single-linkage tree by mutual reachability: the largest of the pair's distance and both core
 * distances. A core distance is the distance to the `neighbours`-th neighbour; it prevents joins over thin
 * bridges. Returns undefined without elements.
 */
export function densityTree(near: SimilarityMatrix, neighbours: number): TreeNode | undefined {
  const nodes: TreeNode[] = Array.from({ length: near.size }, (_, element) => ({ element, size: 1 }));
  const sets = new DisjointSets(near.size);
  let root = nodes[0];
  const steps = nearestFirst(near, coreDistances(near, neighbours));
  for (const { from, to, distance } of steps.sort((a, b) => a.distance - b.distance)) {
    const left = nodes[sets.root(from)] as TreeNode;
    const right = nodes[sets.root(to)] as TreeNode;
    root = { left, right, distance, size: left.size + right.size };
    nodes[sets.join(from, to)] = root;
  }
  return root;
}

/** Lower bound of distances: two equal directions may differ by rounding. */
const distanceMin = 1e-6;

/** Euclidean distance of two unit vectors. */
function distanceOf(similarity: number): number {
  return Math.max(distanceMin, Math.sqrt(Math.max(0, 2 - 2 * similarity)));
}

/** Returns the distance to the `neighbours`-th neighbour, or to the last if there are fewer. */
function coreDistances(near: SimilarityMatrix, neighbours: number): number[] {
  return Array.from({ length: near.size }, (_, element) => {
    const others = near.row(element).filter((_, other) => other !== element);
    return distanceOf(others.sort().at(-Math.min(neighbours, others.length)) ?? 1);
  });
}

interface Step {
  readonly from: number;
  readonly to: number;
  readonly distance: number;
}

/**
 * Visits the elements in Prim's order, always the nearest unvisited element next. Each step leads from the
 * previously visited element. Single-linkage groups are runs without a long step, therefore the true
 * predecessor does not matter.
 */
function nearestFirst(near: SimilarityMatrix, core: readonly number[]): Step[] {
  const steps: Step[] = [];
  const reach = new Float64Array(near.size).fill(Number.POSITIVE_INFINITY);
  const waiting = new Set(reach.keys());
  for (let at = 0; waiting.delete(at) && waiting.size > 0; at = steps.at(-1)?.to ?? at) {
    const row = near.row(at);
    let to = -1;
    for (const other of waiting) {
      const direct = distanceOf(row[other] as number);
      const distance = Math.max(direct, core[at] as number, core[other] as number);
      if (distance < (reach[other] as number)) reach[other] = distance;
      if (to === -1 || (reach[other] as number) < (reach[to] as number)) to = other;
    }
    steps.push({ from: at, to, distance: reach[to] as number });
  }
  return steps;
}
