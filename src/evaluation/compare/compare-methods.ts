import type { Embedding } from '../../domain/embedding.ts';
import { SimilarityMatrix } from '../../domain/similarity/similarity-matrix.ts';
import type { GroupMatcherOptions } from '../../grouping/group-matcher.ts';
import { averageLinkage } from '../clustering/average-linkage.ts';
import { groupByCentroid } from '../clustering/centroid-clustering.ts';
import { Hdbscan } from '../clustering/hdbscan.ts';
import {
  bestThreshold,
  groupByThreshold,
  type Link,
  nearestPredecessors,
} from '../clustering/threshold-clustering.ts';
import type { EmbeddedPictures } from '../embed-pictures.ts';
import { meanAveragePrecision } from '../metrics/average-precision.ts';
import { crossTabulate, type Label } from '../metrics/contingency.ts';
import { adjustedRand, type Scores, scoreGrouping } from '../metrics/scores.ts';
import { silhouette } from '../metrics/silhouette.ts';
import { arrivalOrders, type OrderedPicture, type PlannedArrival } from '../replay/arrival-orders.ts';
import { labelsOf, replay } from '../replay/replay.ts';
import { consolidatedLabels } from '../replay/replay-consolidation.ts';

/** A clustering of one embedder's vectors. */
export interface Method {
  readonly name:
    | 'nearest neighbour'
    | 'centroid'
    | 'engine'
    | 'engine, consolidated'
    | 'average linkage'
    | 'HDBSCAN';
  /** The join threshold. */
  readonly from: number;
  readonly labels: readonly number[];
  readonly groups: number;
  readonly silhouette: number;
  /** Undefined without ground truth. */
  readonly scores: Scores | undefined;
}

export interface ComparedVectors {
  readonly meanAveragePrecision: number | undefined;
  readonly methods: readonly Method[];
}

/** Results and costs of an embedder on the pictures. */
export interface ComparedEmbedder extends ComparedVectors {
  readonly name: string;
  readonly space: string;
  readonly dimensions: number;
  readonly pictures: number;
  /** Files unreadable for this embedder. If other embedders read them, they are left out for all. */
  readonly unreadable: number;
  readonly calibration: 'configured' | 'its own' | 'none';
  /** Time to decode and embed, all cores together. */
  readonly msPerPicture: number;
  /** Growth of the process, bytes. */
  readonly memoryBytes: number;
}

export interface CompareOptions {
  /** Undefined without ground truth. */
  readonly truth: readonly Label[] | undefined;
  /**
   * Options of the engine. `best`, the best threshold by ground truth, serves embedders without calibration.
   */
  readonly optionsFor: (best: number | undefined) => GroupMatcherOptions;
}

/**
 * Groups the vectors in six ways. With ground truth, every method except the engine uses its best threshold
 * on these pictures. Without, all use the engine's threshold.
 */
export async function compareMethods(
  { pictures, embeddings }: EmbeddedPictures,
  { truth, optionsFor }: CompareOptions,
): Promise<ComparedVectors> {
  const near = new SimilarityMatrix(embeddings);
  const arrivals =
    truth === undefined ? inListedOrder(embeddings.length) : arrivalOrders.shuffled(pictures, 1);
  const order = arrivals.map(({ picture }) => picture);
  const links = nearestPredecessors(near, order);
  const options = optionsFor(truth && bestThreshold(links, truth).threshold);
  const input: VectorMethodInput = { near, embeddings, order, truth, join: options.thresholds.join };
  const methods = [
    byLinks('nearest neighbour', links, input),
    byCentroid(input),
    ...(await byEngine(arrivals, embeddings, options)),
    byLinks('average linkage', averageLinkage(near), input),
    byDensity(input),
  ];
  return scored(methods, near, truth);
}

/** Groups pictures by pairwise similarities alone, with all methods that need no vectors. */
export function compareSimilarities(
  near: SimilarityMatrix,
  pictures: readonly OrderedPicture[],
  { truth, join }: Pick<MethodInput, 'truth' | 'join'>,
): ComparedVectors {
  const arrivals = truth === undefined ? inListedOrder(near.size) : arrivalOrders.shuffled(pictures, 1);
  const order = arrivals.map(({ picture }) => picture);
  const input = { near, truth, join };
  const methods = [
    byLinks('nearest neighbour', nearestPredecessors(near, order), input),
    byLinks('average linkage', averageLinkage(near), input),
    byDensity(input),
  ];
  return scored(methods, near, truth);
}

function scored(
  methods: readonly Grouped[],
  near: SimilarityMatrix,
  truth: readonly Label[] | undefined,
): ComparedVectors {
  return {
    meanAveragePrecision: truth && meanAveragePrecision(near, truth),
    methods: methods.map((one) => ({
      ...one,
      groups: new Set(one.labels).size,
      silhouette: silhouette(near, one.labels),
      scores: truth && scoreGrouping(truth, one.labels),
    })),
  };
}

/** Returns the adjusted Rand index of each pair of groupings, in [-1, 1]; 0 by chance. */
export function agreement(groupings: readonly (readonly number[])[]): number[][] {
  return groupings.map((one) => groupings.map((other) => adjustedRand(crossTabulate(one, other))));
}

/** Returns the letter of a method in tables: a … z, aa, ab … */
export function letterOf(at: number): string {
  const last = String.fromCharCode(97 + (at % 26));
  return at < 26 ? last : letterOf(Math.floor(at / 26) - 1) + last;
}

/** Arrivals in listed order, a second apart. */
function inListedOrder(count: number): PlannedArrival[] {
  return Array.from({ length: count }, (_, picture) => ({
    picture,
    captured: { ms: picture * 1000, origin: 'mtime' as const },
  }));
}

interface MethodInput {
  readonly near: SimilarityMatrix;
  readonly truth: readonly Label[] | undefined;
  readonly join: number;
}

interface VectorMethodInput extends MethodInput {
  readonly embeddings: readonly Embedding[];
  readonly order: readonly number[];
}

type Grouped = Pick<Method, 'name' | 'from' | 'labels'>;

function byLinks(name: Method['name'], links: readonly Link[], { near, truth, join }: MethodInput): Grouped {
  const from = truth === undefined ? join : bestThreshold(links, truth).threshold;
  return { name, from, labels: groupByThreshold(links, near.size, from) };
}

async function byEngine(
  arrivals: readonly PlannedArrival[],
  embeddings: readonly Embedding[],
  options: GroupMatcherOptions,
): Promise<Grouped[]> {
  const from = options.thresholds.join;
  const decided = await replay(arrivals, embeddings, options);
  const arrived = { name: 'engine' as const, from, labels: labelsOf(decided) };
  const labels = await consolidatedLabels(decided, options.thresholds);
  return [arrived, { name: 'engine, consolidated', from, labels }];
}

function byCentroid({ embeddings, order, truth, join }: VectorMethodInput): Grouped {
  return bestOf('centroid', { truth, join }, (from) => groupByCentroid(embeddings, order, from));
}

/** Groups of two and more; groups above the threshold are not split. */
function byDensity({ near, truth, join }: MethodInput): Grouped {
  const tree = new Hdbscan(near, { sizeMin: 2, neighbours: 1 });
  return bestOf('HDBSCAN', { truth, join }, (from) => tree.select({ method: 'mass', similarity: from }));
}

const grid = Array.from({ length: 27 }, (_, i) => 0.2 + 0.03 * i);

function bestOf(
  name: Method['name'],
  { truth, join }: Pick<MethodInput, 'truth' | 'join'>,
  group: (from: number) => number[],
): Grouped {
  if (truth === undefined) return { name, from: join, labels: group(join) };
  const f1 = (labels: readonly number[]) => scoreGrouping(truth, labels).bcubed.f1;
  const tried = grid.map((from) => ({ name, from, labels: group(from) }));
  const scored = tried.map((one) => ({ one, f1: f1(one.labels) }));
  return scored.reduce((best, next) => (next.f1 > best.f1 ? next : best)).one;
}
