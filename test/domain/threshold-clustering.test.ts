import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Embedding } from '../../src/domain/embedding.ts';
import { scoreGrouping } from '../../src/domain/scores.ts';
import {
  bestThreshold,
  groupByThreshold,
  nearestPredecessors,
  sweepThresholds,
} from '../../src/domain/threshold-clustering.ts';

/** Two pictures near 0°, two near 90°, one between them. */
const embeddings = [0, 5, 90, 94, 40].map(direction);
const order = [0, 1, 2, 3, 4];

test('an element joins the group of its nearest predecessor when that is near enough', () => {
  assert.deepEqual(groupByThreshold(embeddings, order, 0.9), [0, 0, 2, 2, 4]);
  assert.deepEqual(groupByThreshold(embeddings, order, 0.8), [0, 0, 2, 2, 0]);
});

test('only what came before counts', () => {
  const links = nearestPredecessors(embeddings, [4, 3, 0, 1, 2]);
  assert.deepEqual(
    links.map(({ element, predecessor }) => [element, predecessor]),
    [
      [3, 4],
      [0, 4],
      [1, 0],
      [2, 3],
    ],
  );
});

test('the sweep gives each threshold the score of the grouping it makes', () => {
  const truth = ['a', 'a', 'b', 'b', 'b'];
  for (const { threshold, precision, recall, f1 } of sweepThresholds(
    nearestPredecessors(embeddings, order),
    truth,
  )) {
    const { bcubed } = scoreGrouping(truth, groupByThreshold(embeddings, order, threshold));
    for (const [found, expected] of [
      [precision, bcubed.precision],
      [recall, bcubed.recall],
      [f1, bcubed.f1],
    ] as const) {
      assert.ok(Math.abs(found - expected) < 1e-12, `threshold ${threshold}: ${found}, expected ${expected}`);
    }
  }
});

test('the best threshold separates what can be separated', () => {
  const best = bestThreshold(nearestPredecessors(embeddings, order), ['a', 'a', 'b', 'b', 'c']);
  assert.equal(best.f1, 1);
  assert.deepEqual(groupByThreshold(embeddings, order, best.threshold), [0, 0, 2, 2, 4]);
});

function direction(degrees: number): Embedding {
  const angle = (degrees * Math.PI) / 180;
  return new Float32Array([Math.cos(angle), Math.sin(angle)]) as Embedding;
}
