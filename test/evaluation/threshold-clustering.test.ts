import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Embedding } from '../../src/domain/embedding.ts';
import { SimilarityMatrix } from '../../src/domain/similarity/similarity-matrix.ts';
import {
  bestCommonThreshold,
  bestThreshold,
  groupByThreshold,
  nearestPredecessors,
  sweepThresholds,
} from '../../src/evaluation/clustering/threshold-clustering.ts';
import { scoreGrouping } from '../../src/evaluation/metrics/scores.ts';

/** Two pictures near 0°, two near 90°, one between them. */
const near = new SimilarityMatrix([0, 5, 90, 94, 40].map(direction));
const order = [0, 1, 2, 3, 4];
const links = nearestPredecessors(near, order);
/** The first element of each element's group. */
const groups = (threshold: number) => {
  const labels = groupByThreshold(links, 5, threshold);
  return labels.map((label) => labels.indexOf(label));
};

test('an element joins the group of its nearest predecessor when that is near enough', () => {
  assert.deepEqual(groups(0.9), [0, 0, 2, 2, 4]);
  assert.deepEqual(groups(0.7), [0, 0, 2, 2, 0]);
});

test('only predecessors count', () => {
  assert.deepEqual(
    nearestPredecessors(near, [4, 3, 0, 1, 2]).map(({ element, other }) => [element, other]),
    [
      [3, 4],
      [0, 4],
      [1, 0],
      [2, 3],
    ],
  );
});

test('the sweep gives each threshold the score of its grouping', () => {
  const truth = ['a', 'a', 'b', 'b', 'b'];
  for (const { threshold, precision, recall, f1 } of sweepThresholds(links, truth)) {
    const { bcubed } = scoreGrouping(truth, groups(threshold));
    for (const [found, expected] of [
      [precision, bcubed.precision],
      [recall, bcubed.recall],
      [f1, bcubed.f1],
    ] as const) {
      assert.ok(Math.abs(found - expected) < 1e-12, `threshold ${threshold}: ${found}, expected ${expected}`);
    }
  }
});

test('the best threshold separates separable groups', () => {
  const best = bestThreshold(links, ['a', 'a', 'b', 'b', 'c']);
  assert.equal(best.f1, 1);
  assert.deepEqual(groups(best.threshold), [0, 0, 2, 2, 4]);
});

test('the best common threshold is the one with the highest mean over the runs', () => {
  const truth = ['a', 'a', 'b', 'c', 'b'];
  const runs = [order, [4, 3, 0, 1, 2], [2, 1, 4, 0, 3]].map((one) => nearestPredecessors(near, one));
  const best = bestCommonThreshold(runs, truth);
  const meanAt = (threshold: number) => {
    const f1 = runs.map((run) => scoreGrouping(truth, groupByThreshold(run, 5, threshold)).bcubed.f1);
    return f1.reduce((sum, one) => sum + one) / runs.length;
  };
  assert.ok(Math.abs(best.f1 - meanAt(best.threshold)) < 1e-12);
  for (let threshold = -1; threshold <= 1; threshold += 0.001)
    assert.ok(meanAt(threshold) <= best.f1 + 1e-12, `${threshold}`);
});

function direction(degrees: number): Embedding {
  const angle = (degrees * Math.PI) / 180;
  return new Float32Array([Math.cos(angle), Math.sin(angle)]) as Embedding;
}
