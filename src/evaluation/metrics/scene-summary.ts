import type { Label } from './contingency.ts';
import type { SceneScore } from './scene-scores.ts';

/** The scores of one true group over several runs. */
export interface SceneSummary {
  readonly scene: Label;
  readonly pictures: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Mean number of predicted groups with pictures of the scene; 1 if it was never split. */
  readonly pieces: number;
  /** Scenes that shared a group with this scene, with their share of runs, most frequent first. */
  readonly mergedWith: readonly { readonly scene: Label; readonly runs: number }[];
}

/**
 * Returns a summary for each scene, highest cost in F1 first. All runs list the same scenes in the same
 * order.
 */
export function summariseScenes(runs: readonly (readonly SceneScore[])[]): SceneSummary[] {
  const scenes = runs[0] ?? [];
  const summaries = scenes.map((_, at) => summarise(runs.map((run) => run[at] as SceneScore)));
  const cost = ({ f1, pictures }: SceneSummary) => (1 - f1) * pictures;
  return summaries.sort((a, b) => cost(b) - cost(a));
}

function summarise(scores: readonly SceneScore[]): SceneSummary {
  const { scene, pictures } = scores[0] as SceneScore;
  const mean = (figure: (score: SceneScore) => number) =>
    scores.reduce((sum, score) => sum + figure(score), 0) / scores.length;
  const [precision, recall] = [mean((one) => one.precision), mean((one) => one.recall)];
  const f1 = (2 * precision * recall) / (precision + recall);
  const pieces = mean((one) => one.pieces.length);
  return { scene, pictures, precision, recall, f1, pieces, mergedWith: mergers(scores) };
}

function mergers(scores: readonly SceneScore[]) {
  const runs = new Map<Label, number>();
  for (const { mergedWith } of scores)
    for (const { scene } of mergedWith) runs.set(scene, (runs.get(scene) ?? 0) + 1);
  return Array.from(runs, ([scene, count]) => ({ scene, runs: count / scores.length })).sort(
    (a, b) => b.runs - a.runs,
  );
}
