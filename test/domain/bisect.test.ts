import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bisect } from '../../src/domain/consolidation/bisect.ts';
import type { Embedding } from '../../src/domain/embedding.ts';
import { seededRandom } from '../../src/lib/random.ts';

/** A random vector near the axis of a scene. */
function embedding(scene: number, noise: () => number): Embedding {
  const vector = Array.from({ length: 16 }, (_, axis) => (axis === scene ? 1 : 0) + 0.15 * noise());
  const norm = Math.hypot(...vector);
  return Float32Array.from(vector, (value) => value / norm) as Embedding;
}

test('two scenes are bisected into the scenes, in any order and number', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = seededRandom(seed);
    const noise = () => random.between(-1, 1);
    const many = 2 + random.below(12);
    const scenes = random.shuffled([1, ...Array.from({ length: many }, (_, at) => (at === 0 ? 1 : 2))]);
    const halves = bisect(scenes.map((scene) => embedding(scene, noise)));
    assert.ok(halves !== undefined);
    const sideOfOne = halves.sideOf(embedding(1, noise));
    assert.deepEqual(
      halves.sides.map((side) => side === sideOfOne),
      scenes.map((scene) => scene === 1),
    );
    assert.notEqual(halves.sideOf(embedding(2, noise)), sideOfOne);
  }
});

test('a single long scene is bisected too: this alone does not prove two scenes', () => {
  const random = seededRandom(1);
  const halves = bisect(Array.from({ length: 9 }, () => embedding(1, () => random.between(-1, 1))));
  assert.deepEqual(new Set(halves?.sides), new Set([0, 1]));
});

test('one picture and none have no halves; equal pictures have halves without contrast', () => {
  const same = embedding(1, () => 0);
  for (const given of [[], [same]]) assert.equal(bisect(given), undefined);
  const halves = bisect([same, same, same]);
  assert.equal(halves?.within, halves?.between);
});

test('a scene with a moving camera is cut at its weakest link', () => {
  const along = [0, 10, 20, 30, 50, 60, 70].map((degrees) => {
    const angle = (degrees * Math.PI) / 180;
    return Float32Array.of(Math.cos(angle), Math.sin(angle)) as Embedding;
  });
  const halves = bisect(along);
  assert.deepEqual(halves?.sides, [0, 0, 0, 0, 1, 1, 1]);
  const cosines = (pairs: readonly number[]) =>
    pairs.reduce((sum, degrees) => sum + Math.cos((degrees * Math.PI) / 180), 0) / pairs.length;
  const within = cosines([10, 10, 10, 20, 20, 30, 10, 10, 20]);
  const between = cosines([50, 60, 70, 40, 50, 60, 30, 40, 50, 20, 30, 40]);
  assert.ok(Math.abs((halves?.within ?? 0) - within) < 1e-6);
  assert.ok(Math.abs((halves?.between ?? 0) - between) < 1e-6);
});
