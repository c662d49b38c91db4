import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitProbability, type Join, promisedFrom } from '../../src/evaluation/calibration/fit-calibration.ts';
import { seededRandom } from '../../src/lib/random.ts';

/** Joins, each correct with the probability of its similarity. */
function joinsBy(chance: (similarity: number) => number, count: number): Join[] {
  const random = seededRandom(9);
  return Array.from({ length: count }, () => {
    const similarity = random.next();
    return { similarity, right: random.next() < chance(similarity) };
  });
}

test('the fitted curve recovers the true probabilities', () => {
  const { similarity, probability } = fitProbability(joinsBy((at) => at ** 2, 20_000));
  for (const [i, at] of similarity.entries())
    assert.ok(Math.abs((probability[i] as number) - at ** 2) < 0.06, `${probability[i]} at ${at}`);
});

test('similarities rise strictly, probabilities never fall, whatever the joins', () => {
  const chances = [() => 0, () => 1, () => 0.5, (at: number) => 1 - at, (at: number) => Number(at > 0.6)];
  for (const [round, chance] of chances.entries()) {
    for (const count of [1, 2, 7, 300]) {
      const { similarity, probability } = fitProbability(joinsBy(chance, count));
      assert.equal(similarity.length, probability.length);
      assert.ok(similarity.length > 0);
      for (let i = 1; i < similarity.length; i++) {
        assert.ok((similarity[i - 1] as number) < (similarity[i] as number), `${round} ${count}`);
        assert.ok((probability[i - 1] as number) <= (probability[i] as number), `${round} ${count}`);
      }
      assert.ok(probability.every((value) => value >= 0 && value <= 1));
    }
  }
});

test('the curve is fine where wrong joins end', () => {
  const { similarity } = fitProbability(joinsBy((at) => Number(at > 0.6), 5_000));
  assert.ok(similarity.filter((at) => at > 0.5 && at <= 0.6).length >= 4, `${similarity}`);
});

test('a promised value holds at every higher point', () => {
  assert.deepEqual(promisedFrom([0.5, 0.9, 0.8, 0.95, 1, 0.99]), [0.5, 0.8, 0.8, 0.95, 0.99, 0.99]);
});

test('fitting without joins throws', () => assert.throws(() => fitProbability([]), /joins/));
