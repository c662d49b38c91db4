import type { PairOdds } from '../../domain/assignment/odds.ts';
import type { Calibration } from '../../domain/calibration.ts';
import { SimilarityMatrix } from '../../domain/similarity/similarity-matrix.ts';
import type { GroupMatcherOptions } from '../../grouping/group-matcher.ts';
import { seededRandom } from '../../lib/random.ts';
import { nearestPredecessors } from '../clustering/threshold-clustering.ts';
import type { EmbeddedPictures } from '../embed-pictures.ts';
import { measurePlan } from '../metrics/measure.ts';
import type { Scores } from '../metrics/scores.ts';
import { type ArrivalOrderName, arrivalOrders } from '../replay/arrival-orders.ts';
import { fitProbability, type Join, promisedFrom } from './fit-calibration.ts';
import { fitPairOdds } from './fit-pair-odds.ts';
import { usualCrowding } from './usual-crowding.ts';

/** Returns the engine's options for a calibration and a join threshold. */
export type EngineAt = (calibration: Calibration, join: number) => GroupMatcherOptions;

const ordersOfJoins = 30;
const seeds = [1, 2];

/**
 * Fits a calibration to known groups. The probability comes from nearest neighbours in many orders of
 * arrival. The precision is the engine's own at each threshold: the share of correct pairs among joined
 * pictures, in the worst order of arrival. `crowding` is the model's usual crowding, a fallback for
 * collections with too few groups.
 */
export async function tune(
  embedded: EmbeddedPictures,
  engineAt: EngineAt,
  crowding?: number,
): Promise<Calibration> {
  const curve = { ...fitProbability(joinsOf(embedded)), pairs: pairsOf(embedded) };
  // Until the precision is measured, only the join threshold matters.
  const provisional = { ...curve, precision: curve.probability };
  const reached: number[] = [];
  for (const join of curve.similarity) {
    const scores = await scoresAt(embedded, engineAt(provisional, join));
    reached.push(Math.min(...scores.map(({ bcubedOthers }) => bcubedOthers.precision)));
  }
  const usual = crowdingOf(embedded) ?? crowding;
  return { ...curve, precision: promisedFrom(reached), ...(usual !== undefined && { crowding: usual }) };
}

/** Returns undefined if there are too few groups. */
function crowdingOf({ pictures, embeddings }: EmbeddedPictures): number | undefined {
  const truth = pictures.map(({ group }) => group);
  const crowding = usualCrowding(new SimilarityMatrix(embeddings), truth);
  return crowding && Math.round(crowding * 1e4) / 1e4;
}

/** Returns the mean scores for each order of arrival. */
export async function scoresAt(embedded: EmbeddedPictures, options: GroupMatcherOptions): Promise<Scores[]> {
  const names = Object.keys(arrivalOrders) as ArrivalOrderName[];
  const scores: Scores[] = [];
  for (const plan of names) scores.push((await measurePlan(embedded, plan, seeds, options)).mean);
  return scores;
}

function joinsOf({ pictures, embeddings }: EmbeddedPictures): Join[] {
  const near = new SimilarityMatrix(embeddings);
  const random = seededRandom(3);
  return Array.from({ length: ordersOfJoins }, () => random.shuffled([...pictures.keys()])).flatMap((order) =>
    nearestPredecessors(near, order).map(({ element, other, similarity }) => ({
      similarity,
      right: pictures[element]?.group === pictures[other]?.group,
    })),
  );
}

const otherPairs = 20_000;

/** Compares all pairs of one scene to a sample of other pairs. */
function pairsOf({ pictures, embeddings }: EmbeddedPictures): PairOdds {
  const near = new SimilarityMatrix(embeddings);
  const places = [...pictures.keys()];
  const isSame = (a: number, b: number) => pictures[a]?.group === pictures[b]?.group;
  const same = places.flatMap((a) => places.filter((b) => b < a && isSame(a, b)).map((b) => near.at(a, b)));
  const random = seededRandom(4);
  const drawn = Array.from({ length: otherPairs }, () => [random.pick(places), random.pick(places)] as const);
  return fitPairOdds(
    same,
    drawn.filter(([a, b]) => !isSame(a, b)).map(([a, b]) => near.at(a, b)),
  );
}
