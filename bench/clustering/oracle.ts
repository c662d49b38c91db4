import type { SimilarityMatrix } from '../../src/domain/similarity/similarity-matrix.ts';
import { averageLinkage } from '../../src/evaluation/clustering/average-linkage.ts';
import { Hdbscan } from '../../src/evaluation/clustering/hdbscan.ts';
import {
  bestCommonThreshold,
  bestThreshold,
  nearestPredecessors,
  type ThresholdScore,
} from '../../src/evaluation/clustering/threshold-clustering.ts';
import { crossTabulate, type Label } from '../../src/evaluation/metrics/contingency.ts';
import { bcubed, type PrecisionRecall } from '../../src/evaluation/metrics/scores.ts';
import {
  type ArrivalOrderName,
  arrivalOrders,
  type OrderedPicture,
} from '../../src/evaluation/replay/arrival-orders.ts';
import { dbscan } from './dbscan.ts';
import { Louvain } from './louvain.ts';

/** Best result of a clustering on these pictures, with an oracle's settings. */
export interface Oracle extends PrecisionRecall {
  readonly settings: string;
}

/** Clusterings with access to all pictures at once: the reference for an online engine. */
export function offlineOracles(near: SimilarityMatrix, truth: readonly Label[]): Record<OfflineName, Oracle> {
  return {
    'average linkage': ofThreshold(bestThreshold(averageLinkage(near), truth)),
    HDBSCAN: best(truth, hdbscanGrid(near)),
    Louvain: best(truth, louvainGrid(near)),
    DBSCAN: best(truth, dbscanGrid(near)),
  };
}

export type OfflineName = 'average linkage' | 'HDBSCAN' | 'Louvain' | 'DBSCAN';

/** Plain online nearest neighbour with the best common threshold over all seeds of this order. */
export function onlineOracle(
  near: SimilarityMatrix,
  pictures: readonly OrderedPicture[],
  plan: ArrivalOrderName,
  seeds: readonly number[],
): Oracle {
  const links = seeds.map((seed) => {
    const order = arrivalOrders[plan](pictures, seed).map(({ picture }) => picture);
    return nearestPredecessors(near, order);
  });
  const truth = pictures.map(({ group }) => group);
  return ofThreshold(bestCommonThreshold(links, truth));
}

function ofThreshold({ threshold, ...scores }: ThresholdScore): Oracle {
  return { ...scores, settings: `from ${threshold.toFixed(3)}` };
}

interface Attempt {
  readonly settings: string;
  readonly labels: readonly number[];
}

function best(truth: readonly Label[], attempts: Iterable<Attempt>): Oracle {
  let highest: Oracle = { precision: 0, recall: 0, f1: 0, settings: 'none' };
  for (const { settings, labels } of attempts) {
    const scores = bcubed(crossTabulate(truth, labels));
    if (scores.f1 > highest.f1) highest = { ...scores, settings };
  }
  return highest;
}

function* dbscanGrid(near: SimilarityMatrix): Generator<Attempt> {
  for (const neighboursMin of [2, 3, 4, 5]) {
    for (const similarity of range(0.2, 0.995, 0.005)) {
      const labels = dbscan(near, { similarity, neighboursMin });
      yield { settings: `from ${similarity.toFixed(3)}, ${neighboursMin} neighbours`, labels };
    }
  }
}

function* hdbscanGrid(near: SimilarityMatrix): Generator<Attempt> {
  for (const sizeMin of [2, 3, 4]) {
    for (const neighbours of [1, 2, 3]) {
      const tree = new Hdbscan(near, { sizeMin, neighbours });
      for (const method of ['mass', 'leaf'] as const) {
        for (const similarity of range(0.2, 1, 0.01)) {
          const settings = `${method}, size ${sizeMin}, ${neighbours} neighbours, whole from ${similarity.toFixed(2)}`;
          yield { settings, labels: tree.select({ method, similarity }) };
        }
      }
    }
  }
}

function* louvainGrid(near: SimilarityMatrix): Generator<Attempt> {
  for (const neighbours of [4, 8, 16]) {
    const graph = new Louvain(near, neighbours);
    for (const resolution of [0.5, 1, 2, 4, 8, 16]) {
      for (const similarity of range(0.2, 0.95, 0.025)) {
        const settings = `${neighbours} neighbours from ${similarity.toFixed(3)}, resolution ${resolution}`;
        yield { settings, labels: graph.select({ resolution, similarity }) };
      }
    }
  }
}

function* range(low: number, high: number, step: number): Generator<number> {
  for (let at = 0; low + at * step <= high + step / 2; at++) yield low + at * step;
}
