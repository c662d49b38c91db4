import type { PairOdds } from '../../src/domain/assignment/odds.ts';
import { type Calibration, probabilityAt, similarityForPrecision } from '../../src/domain/calibration.ts';
import { type Embedding, similarity } from '../../src/domain/embedding.ts';
import { SimilarityMatrix } from '../../src/domain/similarity/similarity-matrix.ts';
import { fitPairOdds } from '../../src/evaluation/calibration/fit-pair-odds.ts';
import { isotonicRegression } from '../../src/evaluation/calibration/isotonic.ts';
import { usualCrowding } from '../../src/evaluation/calibration/usual-crowding.ts';
import { averageLinkage } from '../../src/evaluation/clustering/average-linkage.ts';
import {
  nearestPredecessors,
  sweepThresholds,
  type ThresholdScore,
} from '../../src/evaluation/clustering/threshold-clustering.ts';
import { crossTabulate } from '../../src/evaluation/metrics/contingency.ts';
import { bcubed } from '../../src/evaluation/metrics/scores.ts';
import { arrivalOrders } from '../../src/evaluation/replay/arrival-orders.ts';
import { labelsOf, replay } from '../../src/evaluation/replay/replay.ts';
import { type Random, seededRandom } from '../../src/lib/random.ts';

/** An embedded picture with a known group. */
export interface Sample {
  readonly embedding: Embedding;
  readonly group: string;
  /** Source of the picture. Large sources get less weight. */
  readonly source: string;
}

/** Composition of a sampled collection, similar to a folder of some weeks. */
const collections = 16;
const scenesMax = 80;
const singlesMax = 100;
const scenePicturesMax = 10;

/** Default of `grouping.neighboursMax`. */
const neighboursMax = 32;

/** Points of the curve. */
const points = 40;

/**
 * Fits a calibration to pictures with known groups. Samples collections and lets the engine group each at
 * every threshold. Measures the purity of the groups (BCubed precision, mean of the collections), the share
 * of nearest predecessors of the same scene (isotonic regression), the odds of any pair (logistic
 * regression), and the usual crowding.
 */
export async function fitCalibration(samples: readonly Sample[]): Promise<Calibration> {
  const random = seededRandom(1);
  const drawn = Array.from({ length: collections }, () => draw(samples, random));
  const all = drawn.map((some) => look(some, random));
  const grid = gridOf(all.flatMap(({ nearest }) => nearest.map((link) => link.similarity)));
  const offline = {
    similarity: grid.map(round),
    probability: probabilities(
      all.flatMap(({ nearest }) => nearest),
      grid,
    ),
    precision: neverFalling(grid.map((at) => mean(all.map(({ curve }) => precisionAt(curve, at))))),
    pairs: pairOdds(drawn, random),
    crowding: crowdingIn(drawn),
  };
  const onArrival: number[] = [];
  for (const join of grid)
    onArrival.push(mean(await Promise.all(drawn.map((some) => precisionOnArrival(some, join, offline)))));
  return { ...offline, precision: neverFalling(onArrival) };
}

/** Precision of the engine in random order without capture times; decision 10. */
async function precisionOnArrival(
  samples: readonly Sample[],
  join: number,
  calibration: Calibration,
): Promise<number> {
  const shown = samples.map(({ group }) => ({ group, sequence: 0 }));
  const crowding = { usual: calibration.crowding as number, joinMax: similarityForPrecision(calibration, 1) };
  const thresholds = {
    join,
    pairs: calibration.pairs,
    probabilityAt: (score: number) => probabilityAt(calibration, score),
    crowding,
  };
  const embeddings = samples.map(({ embedding }) => embedding);
  const decided = await replay(arrivalOrders.shuffled(shown, 1), embeddings, { thresholds, neighboursMax });
  const truth = samples.map(({ group }) => group);
  return bcubed(crossTabulate(truth, labelsOf(decided))).precision;
}

function crowdingIn(drawn: readonly (readonly Sample[])[]): number {
  const usual = drawn.map((samples) => {
    const near = new SimilarityMatrix(samples.map(({ embedding }) => embedding));
    return usualCrowding(
      near,
      samples.map(({ group }) => group),
    ) as number;
  });
  return round(mean(usual));
}

/** Returns the point of the curve with the highest BCubed F1, for a default strictness. */
export function bestPrecision(samples: readonly Sample[]): { precision: number; recall: number; f1: number } {
  const random = seededRandom(1);
  const curves = Array.from({ length: collections }, () => look(draw(samples, random), random).curve);
  const grid = gridOf(
    curves.flatMap((curve) => curve.map(({ threshold }) => threshold).filter(Number.isFinite)),
  );
  const at = (similarity: number) => {
    const scores = curves.map((curve) => scoreAt(curve, similarity));
    return {
      precision: mean(scores.map((one) => one.precision)),
      recall: mean(scores.map((one) => one.recall)),
      f1: mean(scores.map((one) => one.f1)),
    };
  };
  return grid.map(at).reduce((best, one) => (one.f1 > best.f1 ? one : best));
}

function draw(samples: readonly Sample[], random: Random): Sample[] {
  const groups = groupedBy(samples, ({ group }) => group);
  const several = [...groups.values()].filter((members) => members.length > 1);
  const alone = [...groups.values()].filter((members) => members.length === 1);
  const scenes = drawWeighted(several, scenesMax, random);
  return [
    ...scenes.flatMap((members) => random.shuffled(members).slice(0, scenePicturesMax)),
    ...drawWeighted(alone, singlesMax, random).flat(),
  ];
}

/**
 * Weighted sampling without replacement. The weight of a source is the square root of its groups (Efraimidis,
 * Spirakis 2006).
 */
function drawWeighted(groups: readonly Sample[][], count: number, random: Random): Sample[][] {
  const sourceOf = (members: readonly Sample[]) => members[0]?.source ?? '';
  const bySource = groupedBy(groups, sourceOf);
  const key = (members: readonly Sample[]) =>
    -Math.log(1 - random.next()) * Math.sqrt(bySource.get(sourceOf(members))?.length ?? 1);
  const keyed = groups.map((members) => ({ members, key: key(members) })).sort((a, b) => a.key - b.key);
  return keyed.slice(0, count).map(({ members }) => members);
}

function groupedBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}

interface Nearest {
  readonly similarity: number;
  readonly right: boolean;
}

interface Looked {
  readonly curve: readonly ThresholdScore[];
  readonly nearest: readonly Nearest[];
}

function look(samples: readonly Sample[], random: Random): Looked {
  const truth = samples.map(({ group }) => group);
  const near = new SimilarityMatrix(samples.map(({ embedding }) => embedding));
  const order = random.shuffled([...samples.keys()]);
  return {
    curve: sweepThresholds(averageLinkage(near), truth),
    nearest: nearestPredecessors(near, order).map(({ element, other, similarity }) => ({
      similarity,
      right: truth[element] === truth[other],
    })),
  };
}

/** Similarities spread evenly over their range. */
function gridOf(similarities: readonly number[]): number[] {
  const sorted = similarities.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.floor(part * (sorted.length - 1))] as number;
  const [low, high] = [at(0.02), at(0.98)];
  return Array.from({ length: points }, (_, i) => low + ((high - low) * i) / (points - 1));
}

/** Sweep thresholds fall: the grouping at `similarity` is the last one with a threshold at or above it. */
function scoreAt(curve: readonly ThresholdScore[], similarity: number): ThresholdScore {
  return curve.findLast(({ threshold }) => threshold >= similarity) as ThresholdScore;
}

function precisionAt(curve: readonly ThresholdScore[], similarity: number): number {
  return scoreAt(curve, similarity).precision;
}

function probabilities(nearest: readonly Nearest[], grid: readonly number[]): number[] {
  const fitted = isotonicRegression(
    nearest.map(({ similarity, right }) => ({ x: similarity, y: Number(right) })),
  );
  return grid.map((at) => round((fitted.findLast(({ x }) => x <= at) ?? fitted[0])?.y ?? 0));
}

const pairsMax = 40_000;

/** Logistic regression of "same scene" on similarity, with equal weight for both classes. */
function pairOdds(drawn: readonly (readonly Sample[])[], random: Random): PairOdds {
  const [same, other]: [number[], number[]] = [[], []];
  for (let tries = 0; tries < 200 * pairsMax && same.length < pairsMax / 4; tries++) {
    const some = random.pick(drawn);
    const [a, b] = [random.pick(some), random.pick(some)];
    if (a === b) continue;
    if (a.group === b.group) same.push(similarity(a.embedding, b.embedding));
    else if (other.length < pairsMax) other.push(similarity(a.embedding, b.embedding));
  }
  return fitPairOdds(same, other);
}

function neverFalling(values: readonly number[]): number[] {
  let highest = 0;
  return values.map((value) => {
    highest = Math.max(highest, value);
    return round(highest);
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
