import { seededRandom } from '../../lib/random.ts';
import type { SceneScore } from './scene-scores.ts';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface BootstrapOptions {
  readonly resamples?: number;
  /** Share of resamples within the interval. */
  readonly coverage?: number;
  readonly seed?: number;
}

/**
 * Returns the confidence interval of the mean BCubed F1 over runs, if the ground truth had different scenes
 * of the same kind. Percentile bootstrap: resamples the scenes with replacement. All runs list the same
 * scenes in the same order.
 */
export function bootstrapF1(
  runs: readonly (readonly SceneScore[])[],
  { resamples = 1_000, coverage = 0.95, seed = 1 }: BootstrapOptions = {},
): Interval {
  const random = seededRandom(seed);
  const scenes = runs[0]?.length ?? 0;
  const values = Array.from({ length: resamples }, () => {
    const drawn = Array.from({ length: scenes }, () => random.below(scenes));
    return mean(runs.map((run) => f1Of(drawn.map((scene) => run[scene] as SceneScore))));
  }).sort((a, b) => a - b);
  const at = (share: number) => values[Math.round(share * (values.length - 1))] ?? Number.NaN;
  return { low: at((1 - coverage) / 2), high: at((1 + coverage) / 2) };
}

/** BCubed F1 of all pictures of some scenes, repeated scenes included. */
function f1Of(scenes: readonly SceneScore[]): number {
  let [precision, recall, pictures] = [0, 0, 0];
  for (const scene of scenes) {
    precision += scene.precision * scene.pictures;
    recall += scene.recall * scene.pictures;
    pictures += scene.pictures;
  }
  return pictures === 0 ? 1 : (2 * precision * recall) / (precision + recall) / pictures;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
