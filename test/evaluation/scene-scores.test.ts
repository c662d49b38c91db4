import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scoreScenes } from '../../src/evaluation/metrics/scene-scores.ts';
import { scoreGrouping } from '../../src/evaluation/metrics/scores.ts';
import { seededRandom } from '../../src/lib/random.ts';

test('each scene reports its pieces and the scenes merged with it', () => {
  // Groups {a a b}, {a}, {b b} and {c}.
  const scores = scoreScenes(['a', 'a', 'b', 'a', 'b', 'b', 'c'], [1, 1, 1, 2, 3, 3, 4]);
  assert.deepEqual(
    scores.map(({ scene, pictures, pieces, mergedWith }) => ({ scene, pictures, pieces, mergedWith })),
    [
      { scene: 'a', pictures: 3, pieces: [2, 1], mergedWith: [{ scene: 'b', pictures: 1 }] },
      { scene: 'b', pictures: 3, pieces: [2, 1], mergedWith: [{ scene: 'a', pictures: 2 }] },
      { scene: 'c', pictures: 1, pieces: [1], mergedWith: [] },
    ],
  );
  const [a, b, c] = scores;
  // a: precision (2/3 + 2/3 + 1) / 3, recall (2/3 + 2/3 + 1/3) / 3; b: precision (1/3 + 1 + 1) / 3.
  close([a?.precision, a?.recall], [7 / 9, 5 / 9]);
  close([b?.precision, b?.recall], [7 / 9, 5 / 9]);
  close([c?.precision, c?.recall], [1, 1]);
});

test('weighted by their pictures, the scenes give the scores of the whole', () => {
  const random = seededRandom(8);
  for (let round = 0; round < 50; round++) {
    const labels = () => Array.from({ length: 40 }, () => random.below(9));
    const [truth, predicted] = [labels(), labels()];
    const [scenes, { bcubed }] = [scoreScenes(truth, predicted), scoreGrouping(truth, predicted)];
    const whole = (figure: 'precision' | 'recall') =>
      scenes.reduce((sum, scene) => sum + scene[figure] * scene.pictures, 0) / truth.length;
    close([whole('precision'), whole('recall')], [bcubed.precision, bcubed.recall]);
    for (const { pieces, pictures } of scenes)
      assert.equal(
        pieces.reduce((sum, piece) => sum + piece),
        pictures,
      );
  }
});

function close(found: readonly (number | undefined)[], expected: readonly number[]): void {
  for (const [at, value] of expected.entries())
    assert.ok(Math.abs((found[at] ?? Number.NaN) - value) < 1e-12, `${found} is not ${expected}`);
}
