import type { SimilarityMatrix } from '../../src/domain/similarity/similarity-matrix.ts';

export interface DbscanOptions {
  /** Lowest similarity of two neighbours. */
  readonly similarity: number;
  /** Number of neighbours of a core, including itself. */
  readonly neighboursMin: number;
}

/**
 * DBSCAN (Ester et al. 1996): neighbouring cores share a group, with the neighbours of cores. Returns a label
 * for each element. A noise element is a group of its own.
 */
export function dbscan(near: SimilarityMatrix, { similarity, neighboursMin }: DbscanOptions): number[] {
  const labels: number[] = Array.from({ length: near.size }, (_, element) => near.size + element);
  const neighboursOf = (element: number) => positionsFrom(near.row(element), similarity);
  const isCore = Array.from(labels, (_, element) => neighboursOf(element).length >= neighboursMin);
  const isSpread = new Array<boolean>(near.size).fill(false);
  for (let core = 0; core < near.size; core++) {
    if (!isCore[core] || isSpread[core]) continue;
    const waiting = [core];
    isSpread[core] = true;
    for (const next of waiting) {
      for (const neighbour of neighboursOf(next)) {
        // A border element of two groups stays in the first group.
        if ((labels[neighbour] as number) >= near.size) labels[neighbour] = core;
        if (!isCore[neighbour] || isSpread[neighbour]) continue;
        isSpread[neighbour] = true;
        waiting.push(neighbour); // for-of also visits items pushed meanwhile
      }
    }
  }
  return labels;
}

function positionsFrom(row: Float64Array, lowest: number): number[] {
  const positions: number[] = [];
  for (let at = 0; at < row.length; at++) if ((row[at] as number) >= lowest) positions.push(at);
  return positions;
}
