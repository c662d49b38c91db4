import assert from 'node:assert/strict';
import { test } from 'node:test';
import { disputedPairs } from '../../src/report/disputes.ts';

test('an even dispute comes before a dispute of a single grouping', () => {
  const groupings = [
    [0, 0, 1, 1, 2],
    [0, 0, 1, 1, 2],
    [0, 1, 2, 2, 3],
    [0, 1, 2, 3, 4],
  ];
  assert.deepEqual(disputedPairs(groupings, 10), [
    { pair: [0, 1], together: [0, 1] },
    { pair: [2, 3], together: [0, 1, 2] },
  ]);
});

test('no element is listed twice, and at most `pairsMax` pairs', () => {
  const groupings = [new Array<number>(10).fill(0), Array.from({ length: 10 }, (_, i) => i)];
  const pairs = disputedPairs(groupings, 3);
  assert.equal(pairs.length, 3);
  assert.equal(new Set(pairs.flatMap(({ pair }) => pair)).size, 6);
});

test('groupings that agree have no disputes', () => {
  assert.deepEqual(
    disputedPairs(
      [
        [0, 0, 1],
        [5, 5, 2],
      ],
      5,
    ),
    [],
  );
});
