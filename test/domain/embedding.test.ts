import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertEmbedding, similarity } from '../../src/domain/embedding.ts';
import { seededRandom } from '../../src/lib/random.ts';

const space = { id: 'test', dimensions: 8 };

function unit(seed: number): Float32Array {
  const random = seededRandom(seed);
  const values = Float32Array.from({ length: space.dimensions }, () => random.between(-1, 1));
  const norm = Math.hypot(...values);
  return values.map((value) => value / norm);
}

function embedding(values: Float32Array) {
  assertEmbedding(values, space);
  return values;
}

test('only finite unit vectors of the right length are embeddings', () => {
  assertEmbedding(unit(1), space);
  const wrong = [
    unit(1).subarray(1),
    unit(1).map((v) => v * 1.01),
    unit(1).fill(Number.NaN, 3, 4),
    unit(1).fill(0),
  ];
  for (const vector of wrong) assert.throws(() => assertEmbedding(vector, space), /embedding/);
  assert.throws(() => assertEmbedding(unit(1).fill(Number.POSITIVE_INFINITY, 0, 1), space), /unit/);
});

test('the similarity of unit vectors is symmetric, 1 with itself, -1 with its opposite, and within both', () => {
  for (let seed = 1; seed < 50; seed++) {
    const [a, b] = [embedding(unit(seed)), embedding(unit(seed + 100))];
    assert.equal(similarity(a, b), similarity(b, a));
    assert.ok(Math.abs(similarity(a, a) - 1) < 1e-6);
    assert.ok(Math.abs(similarity(a, embedding(a.map((v) => -v))) + 1) < 1e-6);
    assert.ok(Math.abs(similarity(a, b)) <= 1 + 1e-6);
  }
});

test('vectors of different lengths do not compare', () => {
  const short = unit(1).subarray(0, 4);
  assert.throws(() => similarity(embedding(unit(1)), short as ReturnType<typeof embedding>), /dimensions/);
});
