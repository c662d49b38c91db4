import { type Contingency, crossTabulate, type Label } from './contingency.ts';
import { type MovesToFix, movesToFix } from './moves-to-fix.ts';

/** Shares in [0, 1]; 1 is best. `f1` is the harmonic mean of the other two. */
export interface PrecisionRecall {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** Shares in [0, 1]; 1 is best. `v` is the harmonic mean of the other two. */
export interface VMeasure {
  readonly homogeneity: number;
  readonly completeness: number;
  readonly v: number;
}

/** How well a grouping matches the true one. */
export interface Scores {
  readonly bcubed: PrecisionRecall;
  readonly bcubedOthers: PrecisionRecall;
  readonly pairwise: PrecisionRecall;
  readonly vMeasure: VMeasure;
  readonly adjustedRand: number;
  readonly movesToFix: MovesToFix;
  readonly groups: { readonly truth: number; readonly predicted: number };
}

/**
 * Every score of one grouping: element i is truly in `truth[i]` and was put into `predicted[i]`. Label names mean
 * nothing. Two empty arrays count as a perfect match.
 */
export function scoreGrouping(truth: readonly Label[], predicted: readonly Label[]): Scores {
  const table = crossTabulate(truth, predicted);
  return {
    bcubed: bcubed(table),
    bcubedOthers: bcubedOthers(table),
    pairwise: pairwise(table),
    vMeasure: vMeasure(table),
    adjustedRand: adjustedRand(table),
    movesToFix: movesToFix(table),
    groups: { truth: table.truthSizes.length, predicted: table.predictedSizes.length },
  };
}

/**
 * BCubed (Bagga & Baldwin 1998; Amigó et al. 2009): of the predicted group of an element, itself included, the
 * share that truly belongs with it (precision); of its true group, the share that is there (recall); both averaged
 * over elements. In (0, 1].
 */
export function bcubed(table: Contingency): PrecisionRecall {
  let [precision, recall] = [0, 0];
  for (const { truth, predicted, shared } of table.cells) {
    precision += (shared * shared) / sizeAt(table.predictedSizes, predicted);
    recall += (shared * shared) / sizeAt(table.truthSizes, truth);
  }
  return precisionRecall(share(precision, table.elements), share(recall, table.elements));
}

/**
 * BCubed over the other elements only, so that an element does not vouch for itself. Precision is averaged over
 * elements that were put with others, recall over elements that have others; 1 where there are none. In [0, 1].
 */
export function bcubedOthers(table: Contingency): PrecisionRecall {
  let [precision, recall] = [0, 0];
  for (const { truth, predicted, shared } of table.cells) {
    const rightOnes = shared * (shared - 1);
    precision += share(rightOnes, sizeAt(table.predictedSizes, predicted) - 1, 0);
    recall += share(rightOnes, sizeAt(table.truthSizes, truth) - 1, 0);
  }
  const [joined, related] = [notAlone(table.predictedSizes), notAlone(table.truthSizes)];
  return precisionRecall(share(precision, joined), share(recall, related));
}

/**
 * Over pairs of elements: of the pairs put together, the share that truly belongs together (precision), and the
 * reverse (recall); 1 where there are no pairs. Large groups weigh with the square of their size. In [0, 1].
 */
export function pairwise(table: Contingency): PrecisionRecall {
  const { both, truth, predicted } = pairCounts(table);
  return precisionRecall(share(both, predicted), share(both, truth));
}

/**
 * V-measure (Rosenberg & Hirschberg 2007): homogeneity is 1 when predicted groups hold one true group each,
 * completeness when true groups lie in one predicted group each; both by conditional entropy. In [0, 1].
 */
export function vMeasure(table: Contingency): VMeasure {
  const [truth, predicted] = [entropy(table.truthSizes), entropy(table.predictedSizes)];
  const joint = entropy(table.cells.map(({ shared }) => shared));
  const common = truth + predicted - joint;
  const homogeneity = withinUnit(share(common, truth));
  const completeness = withinUnit(share(common, predicted));
  return { homogeneity, completeness, v: harmonicMean(homogeneity, completeness) };
}

/**
 * Rand index corrected for chance (Hubert & Arabie 1985): 1 for equal groupings, 0 expected of a random one with
 * the same sizes, down to -0.5.
 */
export function adjustedRand(table: Contingency): number {
  const { both, truth, predicted, all } = pairCounts(table);
  const expected = share(truth * predicted, all);
  const highest = (truth + predicted) / 2;
  // No room between chance and the best: both are all singles, or both one group, and so they are equal.
  return highest === expected ? 1 : (both - expected) / (highest - expected);
}

function pairCounts({ elements, truthSizes, predictedSizes, cells }: Contingency) {
  return {
    both: pairs(cells.map(({ shared }) => shared)),
    truth: pairs(truthSizes),
    predicted: pairs(predictedSizes),
    all: pairs([elements]),
  };
}

function pairs(sizes: readonly number[]): number {
  return sizes.reduce((sum, size) => sum + (size * (size - 1)) / 2, 0);
}

/** In nats. */
function entropy(sizes: readonly number[]): number {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return -sizes.reduce((sum, size) => sum + (size / total) * Math.log(size / total), 0);
}

function notAlone(sizes: readonly number[]): number {
  return sizes.reduce((sum, size) => sum + (size > 1 ? size : 0), 0);
}

function precisionRecall(precision: number, recall: number): PrecisionRecall {
  return { precision, recall, f1: harmonicMean(precision, recall) };
}

function harmonicMean(a: number, b: number): number {
  return a + b === 0 ? 0 : (2 * a * b) / (a + b);
}

/** part / whole; `ofNothing` when there is no whole to miss a part of. */
function share(part: number, whole: number, ofNothing = 1): number {
  return whole === 0 ? ofNothing : part / whole;
}

/** Rounding of logarithms may leave [0, 1] by a hair. */
function withinUnit(value: number): number {
  return Math.min(1, Math.max(0, value));
}

function sizeAt(sizes: readonly number[], position: number): number {
  return sizes[position] as number;
}
