import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  adjustForCrowding,
  closeGroups,
  crowdingAmong,
  usualOf,
} from '../../src/domain/assignment/crowding.ts';
import type { Embedding } from '../../src/domain/embedding.ts';
import { SimilarityMatrix } from '../../src/domain/similarity/similarity-matrix.ts';
import { usualCrowding } from '../../src/evaluation/calibration/usual-crowding.ts';

const degrees = (angle: number) => Math.cos((angle * Math.PI) / 180);
const thresholds = {
  join: degrees(55),
  probabilityAt: (score: number) => score,
  crowding: { usual: degrees(70), joinMax: degrees(25) },
};

test('crowding is the similarity of the sixth nearest group, by its most similar member', () => {
  const near = [1, 1, 2, 3, 1, 4, 5, 5, 6, 7, 6].map((group, at) => ({ group, similarity: 1 - at / 20 }));
  assert.equal(closeGroups, 6);
  assert.equal(crowdingAmong(near), 1 - 8 / 20);
  assert.equal(crowdingAmong(near.filter(({ group }) => group < 6)), undefined);
});

test('in a crowded region a frame must stand out by the same angle as elsewhere', () => {
  const { join, probabilityAt } = adjustForCrowding(degrees(60), thresholds);
  assert.ok(Math.abs(join - degrees(45)) < 1e-12);
  assert.ok(Math.abs(probabilityAt(join) - thresholds.join) < 1e-12);
});

test('without more crowding than usual, or if it is unknown, the thresholds stay', () => {
  for (const level of [degrees(70), degrees(89), -0.2, undefined])
    assert.equal(adjustForCrowding(level, thresholds), thresholds);
  const { crowding: _, ...plain } = thresholds;
  assert.equal(adjustForCrowding(degrees(30), plain), plain);
});

test('in any crowding, a frame at the highest calibrated similarity joins', () => {
  for (const level of [degrees(35), degrees(5), 1, 1.0000001])
    assert.ok(Math.abs(adjustForCrowding(level, thresholds).join - thresholds.crowding.joinMax) < 1e-12);
  const strict = { ...thresholds, join: degrees(20) };
  assert.equal(adjustForCrowding(degrees(35), strict).join, strict.join);
});

test('the usual crowding is the median of the known levels', () => {
  assert.equal(usualOf([0.9, undefined, 0.1, 0.3]), 0.3);
  assert.equal(usualOf([undefined]), undefined);
});

test('the usual crowding counts each other group once, whatever its size', () => {
  const at = (angle: number) => Float32Array.of(degrees(angle), degrees(90 - angle)) as Embedding;
  const truth = ['a', 'b', 'b', 'b', 'c', 'd', 'e', 'f', 'g'];
  const embeddings = [0, 1, 1, 1, 10, 20, 30, 40, 80].map(at);
  // For a single picture: its sixth other group. For a picture with a group: its own is one of the six: 80,
  // 39, 39, 39, 70, …
  assert.ok(Math.abs((usualCrowding(new SimilarityMatrix(embeddings), truth) ?? 0) - degrees(50)) < 1e-6);
  assert.equal(usualCrowding(new SimilarityMatrix(embeddings.slice(0, 4)), truth.slice(0, 4)), undefined);
});
