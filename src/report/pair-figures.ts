import { type Embedding, similarity } from '../domain/embedding.ts';
import type { PairFigures, Point } from './page-data.ts';

type Label = string | number;

/** Fine enough to draw curves indistinguishable from exact ones. */
const fineBins = 2000;
const pageBins = 80;
const curvePointsMax = 240;

/** Returns the distribution of pairwise similarities, for pairs of one scene and other pairs. */
export function pairFigures(
  embeddings: readonly Embedding[],
  truth: readonly Label[] | undefined,
): PairFigures {
  const counts = countPairs(embeddings, truth);
  return { ...histograms(counts), ...curves(counts) };
}

/** Pairs by similarity, from -1 in the first bin to 1 in the last. */
export interface PairCounts {
  readonly same: Float64Array;
  readonly different: Float64Array;
}

export function countPairs(
  embeddings: readonly Embedding[],
  truth: readonly Label[] | undefined,
): PairCounts {
  const counts = { same: new Float64Array(fineBins), different: new Float64Array(fineBins) };
  for (const [a, one] of embeddings.entries()) {
    for (let b = 0; b < a; b++) {
      const isSame = truth !== undefined && truth[a] === truth[b];
      const bins = isSame ? counts.same : counts.different;
      const bin = binOf(similarity(one, embeddings[b] as Embedding));
      bins[bin] = (bins[bin] as number) + 1;
    }
  }
  return counts;
}

function binOf(value: number): number {
  return Math.min(fineBins - 1, Math.max(0, Math.floor(((value + 1) / 2) * fineBins)));
}

/** Merges the used range of bins to some dozens. */
function histograms({ same, different }: PairCounts) {
  const used = Array.from(same.keys()).filter(
    (bin) => (same[bin] as number) + (different[bin] as number) > 0,
  );
  const [first, last] = [used[0] ?? 0, used.at(-1) ?? fineBins - 1];
  const width = Math.ceil((last - first + 1) / pageBins);
  return {
    from: (2 * first) / fineBins - 1,
    step: (2 * width) / fineBins,
    same: sharesOf(same, first, width),
    different: sharesOf(different, first, width),
  };
}

function sharesOf(counts: Float64Array, first: number, width: number): number[] {
  const total = Math.max(1, sum(counts));
  return Array.from({ length: pageBins }, (_, bin) => {
    const begin = first + bin * width;
    return rounded(sum(counts.subarray(begin, begin + width)) / total);
  });
}

/** Returns ROC and precision-recall curves by lowering the threshold from bin to bin. */
function curves({ same, different }: PairCounts) {
  const [sames, differents] = [sum(same), sum(different)];
  const roc: Point[] = [[0, 0]];
  const precisionRecall: Point[] = [];
  const gained = { right: 0, wrong: 0, rocArea: 0, precision: 0 };
  if (sames === 0 || differents === 0)
    return { roc: [], precisionRecall: [], rocArea: undefined, averagePrecision: undefined };
  for (let bin = fineBins - 1; bin >= 0; bin--) {
    const [right, wrong] = [same[bin] as number, different[bin] as number];
    if (right + wrong === 0) continue;
    gained.rocArea += (wrong / differents) * ((gained.right + right / 2) / sames);
    gained.right += right;
    gained.wrong += wrong;
    const precision = gained.right / (gained.right + gained.wrong);
    gained.precision += (right / sames) * precision;
    roc.push([rounded(gained.wrong / differents), rounded(gained.right / sames)]);
    precisionRecall.push([rounded(gained.right / sames), rounded(precision)]);
  }
  return {
    roc: thinned(roc),
    precisionRecall: thinned(precisionRecall),
    rocArea: gained.rocArea,
    averagePrecision: gained.precision,
  };
}

/** Keeps distant points, and the last. */
function thinned(points: readonly Point[]): Point[] {
  const apart = 1 / curvePointsMax;
  const kept: Point[] = [];
  for (const [at, point] of points.entries()) {
    const last = kept.at(-1);
    const distance = last === undefined ? 1 : Math.hypot(point[0] - last[0], point[1] - last[1]);
    if (distance >= apart || at === points.length - 1) kept.push(point);
  }
  return kept;
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}

export function rounded(value: number, digits = 5): number {
  return Number(value.toFixed(digits));
}
