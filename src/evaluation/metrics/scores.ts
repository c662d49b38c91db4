import { type Contingency, crossTabulate, type Label } from './contingency.ts';
import { type MovesToFix, movesToFix } from './moves-to-fix.ts';

/** Shares in [0, 1]; 1 is best. `f1` is the harmonic mean of both. */
export interface PrecisionRecall {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** Shares in [0, 1]; 1 is best. `v` is the harmonic mean of both. */
export interface VMeasure {
  readonly homogeneity: number;
  readonly completeness: number;
  readonly v: number;
}

/** How well a grouping matches the ground truth. */
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
 * Returns all scores of a grouping: element i belongs to `truth[i]` and was put into `predicted[i]`. Label
 * names do not matter. Two empty arrays match perfectly.
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
 * BCubed (Bagga & Baldwin 1998; Amigó et al. 2009), averaged over elements. Precision: the share of an
 * element's predicted group in its true group, including itself. Recall: the share of its true group in its
 * predicted group. In (0, 1].
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
 * BCubed without the element itself. Precision is averaged over elements in predicted groups of several,
 * recall over elements in true groups of several; 1 if there are none. In [0, 1].
 */
export function bcubedOthers(table: Contingency): PrecisionRecall {
  let [precision, recall] = [0, 0];
  for (const { truth, predicted, shared } of table.cells) {
    const correctPairs = shared * (shared - 1);
    precision += share(correctPairs, sizeAt(table.predictedSizes, predicted) - 1, 0);
    recall += share(correctPairs, sizeAt(table.truthSizes, truth) - 1, 0);
  }
  const [joined, related] = [notAlone(table.predictedSizes), notAlone(table.truthSizes)];
  return precisionRecall(share(precision, joined), share(recall, related));
}

/**
 * Scores over pairs of elements. Precision: the share of joined pairs that truly belong together. Recall: the
 * share of true pairs that were joined. 1 if there are no pairs. Large groups weigh with the square of their
 * size. In [0, 1].
 */
export function pairwise(table: Contingency): PrecisionRecall {
  const { both, truth, predicted } = pairCounts(table);
  return precisionRecall(share(both, predicted), share(both, truth));
}

/**
 * V-measure (Rosenberg & Hirschberg 2007), by conditional entropy. Homogeneity is 1 if each predicted group
 * holds a single true group. Completeness is 1 if each true group lies in a single predicted group. In [0,
 * 1].
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
 * Rand index corrected for chance (Hubert & Arabie 1985): 1 for equal groupings, 0 expected for a random
 * grouping with the same sizes, at least -0.5.
 */
export function adjustedRand(table: Contingency): number {
  const { both, truth, predicted, all } = pairCounts(table);
  const expected = share(truth * predicted, all);
  const highest = (truth + predicted) / 2;
  // Chance equals the maximum if both groupings are all singletons or a single group: they are equal.
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

/** Entropy of a partition, nats. */
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

/** part / whole, or `ofNothing` if the whole is 0. */
function share(part: number, whole: number, ofNothing = 1): number {
  return whole === 0 ? ofNothing : part / whole;
}

/** Rounding of logarithms may exceed [0, 1] slightly. */
function withinUnit(value: number): number {
  return Math.min(1, Math.max(0, value));
}

function sizeAt(sizes: readonly number[], position: number): number {
  return sizes[position] as number;
}
