import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bootstrapF1 } from '../../src/evaluation/metrics/bootstrap.ts';
import { measure } from '../../src/evaluation/metrics/measure.ts';
import { scoreScenes } from '../../src/evaluation/metrics/scene-scores.ts';
import { summariseScenes } from '../../src/evaluation/metrics/scene-summary.ts';
import { scoreGrouping } from '../../src/evaluation/metrics/scores.ts';

const truth = [...'aaaabbbbccdefgh'];
const whole = truth;
const split = [...'aaxxbbbbccdefgh'];
const merged = [...'aaaaaaaaccdefgh'];

test('the mean over runs averages each metric', () => {
  const runs = [whole, split, merged];
  const { mean, f1, runs: scores } = measure(truth, runs);
  const each = runs.map((run) => scoreGrouping(truth, run));
  assert.deepEqual(scores, each);
  const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value) / values.length;
  assert.equal(mean.bcubed.f1, meanOf(each.map(({ bcubed }) => bcubed.f1)));
  assert.equal(mean.movesToFix.merges, meanOf(each.map(({ movesToFix }) => movesToFix.merges)));
  assert.equal(mean.groups.predicted, meanOf(each.map(({ groups }) => groups.predicted)));
  assert.deepEqual(f1, { low: Math.min(...each.map((one) => one.bcubed.f1)), high: 1 });
});

test('scenes are summed up over the runs, the costliest first', () => {
  const [a, b, ...rest] = summariseScenes(
    [whole, split, merged, merged].map((run) => scoreScenes(truth, run)),
  );
  assert.deepEqual([a?.scene, b?.scene, rest.length], ['a', 'b', 6]);
  assert.deepEqual([a?.pictures, a?.pieces, b?.pieces], [4, 1.25, 1]);
  // a: precision 1, 1, 1/2, 1/2; recall 1, 1/2, 1, 1.
  assert.deepEqual([a?.precision, a?.recall], [0.75, 0.875]);
  assert.deepEqual(a?.mergedWith, [{ scene: 'b', runs: 0.5 }]);
  assert.ok(rest.every(({ f1, mergedWith }) => f1 === 1 && mergedWith.length === 0));
});

test('the interval holds the figure itself, and is the same each time', () => {
  for (const run of [split, merged]) {
    const { low, high } = bootstrapF1([scoreScenes(truth, run)]);
    const { f1 } = scoreGrouping(truth, run).bcubed;
    assert.ok(low < f1 && f1 < high, `${low} ${f1} ${high}`);
    assert.deepEqual(bootstrapF1([scoreScenes(truth, run)]), { low, high });
  }
});

test('if every scene is perfect, the interval is a point', () => {
  assert.deepEqual(bootstrapF1([scoreScenes(truth, whole)]), { low: 1, high: 1 });
});

test('the interval of a share is about 1.96 standard errors to each side', () => {
  // 200 scenes of two pictures, every fourth split: precision 1, recall 1 or 1/2.
  const pairs = Array.from({ length: 400 }, (_, i) => i >> 1);
  const cut = pairs.map((scene, i) => (scene % 4 === 0 ? `${scene} ${i % 2}` : scene));
  const { low, high } = bootstrapF1([scoreScenes(pairs, cut)], { resamples: 4_000 });
  // F1 = 2R / (1 + R) at R = 7/8; the standard error of R is 1/2 · sqrt(1/4 · 3/4 / 200).
  const error = 0.5 * Math.sqrt((0.25 * 0.75) / 200) * (2 / (1 + 7 / 8) ** 2);
  const expected = 2 * 1.96 * error;
  assert.ok(Math.abs(high - low - expected) < 0.1 * expected, `${high - low} against ${expected}`);
});
