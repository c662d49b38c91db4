import type { GroupMatcherOptions } from '../../grouping/group-matcher.ts';
import type { EmbeddedPictures } from '../embed-pictures.ts';
import { type ArrivalOrderName, arrivalOrders } from '../replay/arrival-orders.ts';
import { type InliersOf, labelsOf, replay } from '../replay/replay.ts';
import { consolidatedLabels } from '../replay/replay-consolidation.ts';
import { bootstrapF1, type Interval } from './bootstrap.ts';
import type { Label } from './contingency.ts';
import { type SceneScore, scoreScenes } from './scene-scores.ts';
import { type SceneSummary, summariseScenes } from './scene-summary.ts';
import { type Scores, scoreGrouping } from './scores.ts';

/** Quality of the grouping over several runs. */
export interface Figures {
  readonly mean: Scores;
  /** BCubed F1 of the worst and the best run. */
  readonly f1: Interval;
  /** Confidence interval of the mean BCubed F1 for other scenes of the same kind, 95 %. */
  readonly f1Interval: Interval;
  /** Costliest scenes first. */
  readonly scenes: readonly SceneSummary[];
  readonly runs: readonly Scores[];
}

/** Measures the current engine for one order of arrival, with a run for each seed. */
export async function measurePlan(
  { pictures, embeddings }: EmbeddedPictures,
  plan: ArrivalOrderName,
  seeds: readonly number[],
  options: GroupMatcherOptions,
): Promise<Figures> {
  const groupings: number[][] = [];
  for (const seed of seeds)
    groupings.push(labelsOf(await replay(arrivalOrders[plan](pictures, seed), embeddings, options)));
  return measure(
    pictures.map(({ group }) => group),
    groupings,
  );
}

/** Results after the last arrival, and after a consolidation. */
export interface BeforeAndAfter {
  readonly arrived: Figures;
  readonly consolidated: Figures;
}

/** Like `measurePlan`, with consolidation. Also with keypoints if `inliersOf` is given. */
export async function measureConsolidation(
  { pictures, embeddings }: EmbeddedPictures,
  plan: ArrivalOrderName,
  seeds: readonly number[],
  options: GroupMatcherOptions,
  inliersOf?: InliersOf,
): Promise<BeforeAndAfter> {
  const [arrived, consolidated]: [number[][], number[][]] = [[], []];
  for (const seed of seeds) {
    const arrivals = arrivalOrders[plan](pictures, seed);
    const decided = await replay(arrivals, embeddings, options, inliersOf);
    arrived.push(labelsOf(decided));
    consolidated.push(await consolidatedLabels(decided, options.thresholds, inliersOf));
  }
  const truth = pictures.map(({ group }) => group);
  return { arrived: measure(truth, arrived), consolidated: measure(truth, consolidated) };
}

/** Returns the scores of some groupings of the same pictures. */
export function measure(truth: readonly Label[], groupings: readonly (readonly Label[])[]): Figures {
  const runs = groupings.map((grouping) => scoreGrouping(truth, grouping));
  const scenes = groupings.map((grouping): SceneScore[] => scoreScenes(truth, grouping));
  const f1 = runs.map(({ bcubed }) => bcubed.f1);
  return {
    mean: meanOf(runs),
    f1: { low: Math.min(...f1), high: Math.max(...f1) },
    f1Interval: bootstrapF1(scenes),
    scenes: summariseScenes(scenes),
    runs,
  };
}

/** Averages objects of equal shape, number by number. */
function meanOf<T>(values: readonly T[]): T {
  const [first] = values;
  if (typeof first === 'number')
    return (values.reduce((sum, value) => sum + Number(value), 0) / values.length) as T;
  const names = Object.keys(first as object) as (keyof T)[];
  return Object.fromEntries(names.map((name) => [name, meanOf(values.map((value) => value[name]))])) as T;
}
