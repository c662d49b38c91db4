import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Label } from '../../src/evaluation/metrics/contingency.ts';
import { type Scores, scoreGrouping } from '../../src/evaluation/metrics/scores.ts';

type Numbers = number | { readonly [key: string]: Numbers };
type SharedScores = Omit<Scores, 'movesToFix' | 'groups'>;
interface FixtureCase {
  readonly name: string;
  readonly truth: readonly number[];
  readonly predicted: readonly number[];
  readonly scores: SharedScores;
}

const fixture: readonly FixtureCase[] = JSON.parse(
  readFileSync(new URL('../fixtures/scores-sklearn.json', import.meta.url), 'utf8'),
);

for (const { name, truth, predicted, scores } of fixture) {
  test(`scores agree with scikit-learn and plain loops: ${name}`, () => {
    const { movesToFix, groups, ...found } = scoreGrouping(truth, predicted);
    closeTo(plain(found), plain(scores));
  });
}

test('BCubed of a grouping equals a calculation by hand', () => {
  // Groups {a a b} and {b}: precision (2/3 + 2/3 + 1/3 + 1) / 4, recall (1 + 1 + 1/2 + 1/2) / 4.
  const { bcubed } = scoreGrouping(['a', 'a', 'b', 'b'], [1, 1, 1, 2]);
  closeTo(plain(bcubed), { precision: 2 / 3, recall: 3 / 4, f1: 12 / 17 });
});

test('BCubed of the others leaves the element itself out of the same grouping', () => {
  // Precision over the three joined elements (1/2 + 1/2 + 0) / 3, recall over all four (1 + 1 + 0 + 0) / 4.
  const { bcubedOthers } = scoreGrouping(['a', 'a', 'b', 'b'], [1, 1, 1, 2]);
  closeTo(plain(bcubedOthers), { precision: 1 / 3, recall: 1 / 2, f1: 2 / 5 });
});

test('pairwise scores of the same grouping count pairs', () => {
  // 3 joined pairs, 1 of them correct; 2 pairs belong together.
  const { pairwise } = scoreGrouping(['a', 'a', 'b', 'b'], [1, 1, 1, 2]);
  closeTo(plain(pairwise), { precision: 1 / 3, recall: 1 / 2, f1: 2 / 5 });
});

test('a perfect grouping reaches 1 everywhere and needs no move', () => {
  const labels = ['a', 'b', 'b', 'c', 'c', 'c'];
  const one = { precision: 1, recall: 1, f1: 1 };
  closeTo(plain(scoreGrouping(labels, [9, 4, 4, 7, 7, 7])), {
    bcubed: one,
    bcubedOthers: one,
    pairwise: one,
    vMeasure: { homogeneity: 1, completeness: 1, v: 1 },
    adjustedRand: 1,
    movesToFix: { moves: 0, merges: 0, total: 0 },
    groups: { truth: 3, predicted: 3 },
  });
});

test('no elements count as a perfect match', () => {
  const { bcubed, pairwise, vMeasure, adjustedRand, movesToFix } = scoreGrouping([], []);
  assert.deepEqual([bcubed.f1, pairwise.f1, vMeasure.v, adjustedRand, movesToFix.total], [1, 1, 1, 1, 0]);
});

test('the names and the order of labels change nothing', () => {
  const random = randomFrom(3);
  for (let round = 0; round < 50; round++) {
    const [truth, predicted] = [labels(random, 30, 8), labels(random, 30, 8)];
    const order = shuffled(random, truth.keys());
    const renamed = scoreGrouping(
      order.map((i) => `group ${7 - (truth[i] as number)}`),
      order.map((i) => ((predicted[i] as number) * 5) % 8),
    );
    closeTo(plain(renamed), plain(scoreGrouping(truth, predicted)));
  }
});

test('exchanging truth and prediction exchanges precision and recall', () => {
  const random = randomFrom(4);
  const [truth, predicted] = [labels(random, 40, 6), labels(random, 40, 12)];
  const [there, back] = [scoreGrouping(truth, predicted), scoreGrouping(predicted, truth)];
  for (const name of ['bcubed', 'bcubedOthers', 'pairwise'] as const) {
    closeTo([there[name].precision, there[name].recall], [back[name].recall, back[name].precision]);
  }
  closeTo(there.adjustedRand, back.adjustedRand);
});

test('a folder cut in two needs one merge, however large its halves', () => {
  assert.deepEqual(fix('aaaaaaaa', '11112222'), { moves: 0, merges: 1, total: 1 });
});

test('files that strayed into a foreign folder are moved one by one', () => {
  assert.deepEqual(fix('aaaaabb', '1111111'), { moves: 2, merges: 0, total: 2 });
});

test('tied folders keep different groups, so that no merge is needed', () => {
  assert.deepEqual(fix('aabbaab', '1111222'), { moves: 3, merges: 0, total: 3 });
});

test('moves to fix are the fewest that a search over all steps finds', () => {
  const random = randomFrom(5);
  for (let round = 0; round < 60; round++) {
    const [truth, predicted] = [labels(random, 6, 4), labels(random, 6, 4)];
    assert.equal(scoreGrouping(truth, predicted).movesToFix.total, fewestSteps(predicted, truth));
  }
});

test('a hundred thousand elements are scored within seconds', () => {
  const random = randomFrom(6);
  const [truth, predicted] = [labels(random, 100_000, 50_000), labels(random, 100_000, 50_000)];
  const before = performance.now();
  scoreGrouping(truth, predicted);
  assert.ok(performance.now() - before < 10_000);
});

function fix(truth: string, predicted: string) {
  return scoreGrouping([...truth], [...predicted]).movesToFix;
}

/** Breadth-first over groupings; each step moves one element or merges one group into another. */
function fewestSteps(from: readonly number[], to: readonly number[]): number {
  const goal = canonical(to).join();
  let front = [canonical(from)];
  const seen = new Set(front.map(String));
  for (let steps = 0; ; steps++) {
    if (front.some((state) => state.join() === goal)) return steps;
    front = front
      .flatMap(statesAfterOneStep)
      .filter((state) => !seen.has(state.join()) && seen.add(state.join()));
  }
}

function statesAfterOneStep(state: readonly number[]): number[][] {
  const groups = [...state.keys()]; // as many as elements: one is unused, a new folder, unless all are singletons
  const moved = state.flatMap((_, element) => groups.map((group) => state.with(element, group)));
  const merged = groups.flatMap((a) => groups.map((b) => state.map((group) => (group === a ? b : group))));
  return [...moved, ...merged].map(canonical);
}

/** Labels renumbered by first appearance: equal groupings become equal arrays. */
function canonical(labels: readonly Label[]): number[] {
  const order = [...new Set(labels)];
  return labels.map((label) => order.indexOf(label));
}

function labels(random: () => number, count: number, groups: number): number[] {
  return Array.from({ length: count }, () => Math.floor(random() * groups));
}

function shuffled(random: () => number, items: Iterable<number>): number[] {
  return Array.from(items, (item) => ({ item, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

/** Random numbers in [0, 1), equal in every run (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function plain(scores: object): Numbers {
  return JSON.parse(JSON.stringify(scores));
}

function closeTo(
  found: Numbers | readonly number[],
  expected: Numbers | readonly number[],
  path = 'score',
): void {
  if (typeof found === 'number' || typeof expected === 'number') {
    assert.ok(
      Math.abs(Number(found) - Number(expected)) < 1e-9,
      `${path}: found ${found}, expected ${expected}`,
    );
    return;
  }
  assert.deepEqual(Object.keys(found), Object.keys(expected), path);
  for (const [key, value] of Object.entries(expected)) {
    closeTo((found as { [key: string]: Numbers })[key] as Numbers, value, `${path}.${key}`);
  }
}
