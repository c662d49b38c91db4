import { UndirectedGraph } from 'graphology';
import imported from 'graphology-communities-louvain';
import type { SimilarityMatrix } from '../../src/domain/similarity/similarity-matrix.ts';
import { seededRandom } from '../../src/lib/random.ts';

// The types describe an ES module, but Node returns the function itself.
const louvain = imported as unknown as typeof imported.default;

export interface LouvainSelection {
  /** Edges below this similarity are left out. */
  readonly similarity: number;
  /** Higher values give more and smaller groups. */
  readonly resolution: number;
  readonly seed?: number;
}

interface Tie {
  readonly element: number;
  readonly other: number;
  readonly similarity: number;
}

/**
 * Louvain communities (Blondel et al. 2008) of the graph of each element's `neighbours` nearest neighbours.
 * The constructor builds the graph once; `select` chooses groups. Returns a label for each element.
 */
export class Louvain {
  readonly #elements: number;
  readonly #ties: readonly Tie[];

  constructor(near: SimilarityMatrix, neighbours: number) {
    this.#elements = near.size;
    this.#ties = Array.from({ length: near.size }, (_, element) => nearest(near, element, neighbours)).flat();
  }

  select({ similarity, resolution, seed = 1 }: LouvainSelection): number[] {
    const graph = new UndirectedGraph();
    for (let element = 0; element < this.#elements; element++) graph.addNode(element);
    for (const { element, other, similarity: weight } of this.#ties)
      if (weight >= similarity && weight > 0) graph.mergeEdge(element, other, { weight });
    const communities = louvain(graph, { resolution, rng: seededRandom(seed).next });
    return Array.from({ length: this.#elements }, (_, element) => communities[element] as number);
  }
}

function nearest(near: SimilarityMatrix, element: number, count: number): Tie[] {
  const ties = Array.from(near.row(element), (similarity, other) => ({ element, other, similarity }));
  const others = ties.filter(({ other }) => other !== element);
  return others.sort((a, b) => b.similarity - a.similarity || a.other - b.other).slice(0, count);
}
