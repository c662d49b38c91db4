import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Embedding } from '../../src/domain/embedding.ts';
import { SimilarityMatrix } from '../../src/domain/similarity/similarity-matrix.ts';
import { groupByCentroid } from '../../src/evaluation/clustering/centroid-clustering.ts';
import { meanAveragePrecision } from '../../src/evaluation/metrics/average-precision.ts';
import { silhouette } from '../../src/evaluation/metrics/silhouette.ts';
import { unit } from '../support/vectors.ts';

/** Metrics that compare embedders and groupings. Expected values are from scikit-learn 1.2.1. */

const vectors = Array.from({ length: 30 }, (_, i) =>
  unit(Float32Array.of(Math.sin(i), Math.cos(2 * i), Math.sin(3 * i + 1))),
);
const near = new SimilarityMatrix(vectors);
const labels = vectors.map(([x = 0, y = 0], i) => {
  if (i === 29) return 99; // alone
  if (x > 0.3) return 0;
  return y > 0 ? 1 : 2;
});

test("the silhouette equals scikit-learn's", () => {
  assert.ok(Math.abs(silhouette(near, labels) - 0.26294213296173286) < 1e-6);
});

test('the silhouette of one group, and of singletons, is 0', () => {
  const all = vectors.map(() => 7);
  assert.equal(silhouette(near, all), 0);
  assert.equal(silhouette(near, [...vectors.keys()]), 0);
});

test("the mean average precision equals scikit-learn's", () => {
  assert.ok(Math.abs(meanAveragePrecision(near, labels) - 0.8165692561760642) < 1e-9);
});

/** A unit vector on a circle. */
function at(degrees: number): Embedding {
  const angle = (degrees * Math.PI) / 180;
  return unit(Float32Array.of(Math.cos(angle), Math.sin(angle)));
}

test('a centroid follows its members, where nearest neighbours chain', () => {
  const chain = [0, 10, 20, 30, 40].map(at);
  const cosine = (degrees: number) => Math.cos((degrees * Math.PI) / 180);
  const order = [...chain.keys()];
  // The fourth element is 20° from the mean of the first three.
  assert.deepEqual(groupByCentroid(chain, order, cosine(15.1)), [0, 0, 0, 1, 1]);
  assert.deepEqual(groupByCentroid(chain, order, cosine(25.1)), [0, 0, 0, 0, 0]);
  assert.deepEqual(groupByCentroid(chain, order, cosine(9)), [0, 1, 2, 3, 4]);
});
