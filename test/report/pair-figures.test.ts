import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Embedding } from '../../src/domain/embedding.ts';
import { seededRandom } from '../../src/lib/random.ts';
import { pairFigures } from '../../src/report/pair-figures.ts';
import { randomEmbedding } from '../support/vectors.ts';

/** Directions in the plane, in degrees. */
function at(...degrees: number[]): Embedding[] {
  const unit = (angle: number) => Float32Array.of(Math.cos(angle), Math.sin(angle)) as Embedding;
  return degrees.map((degree) => unit((degree * Math.PI) / 180));
}

test('if every pair of one scene is nearer than all others, both areas are 1', () => {
  const figures = pairFigures(at(0, 5, 90, 95), ['a', 'a', 'b', 'b']);
  assert.equal(figures.rocArea, 1);
  assert.equal(figures.averagePrecision, 1);
  assert.deepEqual(figures.roc.at(-1), [1, 1]);
});

test('a single misordered pair reduces the areas as calculated', () => {
  // Same scene: 0-10 (the nearest pair) and 40-80; different scenes: 10-40, 0-40, 10-80, 0-80.
  const { rocArea, averagePrecision } = pairFigures(at(0, 10, 40, 80), ['a', 'a', 'b', 'b']);
  // 40-80 loses to 10-40 (30 degrees), ties with 0-40 (40 degrees), and beats 10-80 and 0-80.
  assert.ok(Math.abs((rocArea ?? 0) - (4 + 2.5) / 8) < 1e-9, `${rocArea}`);
  assert.ok(Math.abs((averagePrecision ?? 0) - (1 + 2 / 4) / 2) < 1e-9, `${averagePrecision}`);
});

test('random vectors have an area of one half', () => {
  const random = seededRandom(3);
  const vectors = Array.from({ length: 120 }, () => randomEmbedding(random, 16));
  const truth = vectors.map((_, i) => i % 6);
  const { rocArea } = pairFigures(vectors, truth);
  assert.ok(Math.abs((rocArea ?? 0) - 0.5) < 0.05, `${rocArea}`);
});

test('histograms are shares, and start at the first used bin', () => {
  const { same, different, from, step } = pairFigures(at(0, 5, 60, 65), ['a', 'a', 'b', 'b']);
  const sum = (shares: readonly number[]) => shares.reduce((total, share) => total + share, 0);
  assert.ok(Math.abs(sum(same) - 1) < 1e-3 && Math.abs(sum(different) - 1) < 1e-3);
  assert.ok(from > 0.4 && from + step * same.length >= Math.cos((5 * Math.PI) / 180));
});

test('without ground truth there is one histogram and no curve', () => {
  const { same, different, roc, rocArea } = pairFigures(at(0, 5, 60), undefined);
  assert.ok(same.every((share) => share === 0) && different.some((share) => share > 0));
  assert.deepEqual([roc, rocArea], [[], undefined]);
});
