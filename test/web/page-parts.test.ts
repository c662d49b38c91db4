import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commonest, membersOf, orderAlong, sameGroups } from '../../web/components/members.ts';
import { nearestPoint, nextInDirection, Room, spotOf, zoomed } from '../../web/components/plane.ts';
import { gathered, logarithm, powersFrom, ticksOf } from '../../web/components/scale.ts';
import { evenScale, shortenedScale } from '../../web/components/time-scale.ts';
import { between, plural } from '../../web/components/words.ts';

/** Computations of the page, without a page. */

test('groups are the same when they have the same members, whatever their numbers', () => {
  assert.deepEqual(membersOf([0, 1, 0]), [[0, 2], [1]]);
  assert.deepEqual(sameGroups([0, 0, 1, 2], [5, 5, 3, 3]), new Set([0]));
});

test('each group is followed by the groups with most common frames', () => {
  assert.deepEqual(
    orderAlong(
      [
        [3, 4],
        [0, 1, 2],
      ],
      [7, 7, 8, 9, 9],
    ),
    [9, 7, 8],
  );
  assert.equal(commonest([0, 1, 2], [7, 7, 8, 9, 9]), 7);
});

test('a long pause is shortened, and the order is kept', () => {
  const moments = [0, 1_000, 2_000, 1_000_000_000];
  const [even, short] = [evenScale(moments), shortenedScale(moments)];
  assert.ok(even.at(2_000) < 0.001 && short.at(2_000) > 0.05);
  const places = moments.map((ms) => short.at(ms));
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  );
  assert.deepEqual([short.at(0), short.at(1_000_000_000)], [0, 1]);
});

test('marks on the time line include the first and the last moment, and do not overlap', () => {
  const { marks } = shortenedScale(Array.from({ length: 500 }, (_, i) => i * i * 1_000));
  assert.equal(marks[0]?.ms, 0);
  assert.equal(marks.at(-1)?.at, 1);
  for (const [i, { at }] of marks.slice(1).entries()) assert.ok(at - (marks[i]?.at ?? 0) > 0.19);
});

test('a single moment lies on the line', () => {
  for (const scale of [evenScale([5]), shortenedScale([5])]) assert.equal(scale.at(5), 0);
});

const view = { width: 840, height: 480, zoom: 1, x: 0.5, y: 0.5 };

test('the whole map is visible at first, and zooming keeps the point under the pointer', () => {
  assert.deepEqual(spotOf(view, 0, 0), { x: 40, y: 40 });
  assert.deepEqual(spotOf(view, 1, 1), { x: 800, y: 440 });
  const pointer = spotOf(view, 0.2, 0.7);
  const { x, y } = spotOf(zoomed(view, 3, pointer), 0.2, 0.7);
  assert.ok(Math.abs(x - pointer.x) < 1e-6 && Math.abs(y - pointer.y) < 1e-6);
});

test('an arrow key moves to the nearest picture in its direction, or stays', () => {
  const spots = [{ x: 0, y: 0 }, { x: 10, y: 1 }, { x: 5, y: 50 }, undefined];
  assert.equal(nextInDirection(spots, 0, 'ArrowRight'), 1);
  assert.equal(nextInDirection(spots, 0, 'ArrowDown'), 2);
  assert.equal(nextInDirection(spots, 0, 'ArrowLeft'), 0);
  assert.equal(nearestPoint(spots, { x: 8, y: 0 }, 5), 1);
  assert.equal(nearestPoint(spots, { x: 800, y: 0 }, 5), -1);
});

test('thumbnails do not overlap', () => {
  const room = new Room(40);
  assert.ok(room.take({ x: 39, y: 39 }));
  assert.ok(!room.take({ x: 41, y: 41 }));
  assert.ok(room.take({ x: 80, y: 41 }));
});

test('axes have round values, and marks that are close share a label', () => {
  assert.deepEqual(ticksOf({ low: 0, high: 1 }), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.deepEqual(ticksOf({ low: -0.13, high: 0.41 }), [0, 0.2, 0.4]);
  const marks = [
    { x: 0.5, label: 'b' },
    { x: 0.49, label: 'a' },
    { x: 0.9, label: 'c' },
  ];
  assert.deepEqual(gathered(marks, 0.05), [
    { x: 0.49, label: 'a b' },
    { x: 0.9, label: 'c' },
  ]);
});

test('on a logarithmic axis zero lies at the start', () => {
  const axis = powersFrom(-4);
  assert.deepEqual(
    [0, 1e-5, 0.01, 1].map((value) => logarithm(value, axis)),
    [-4, -4, -2, 0],
  );
  assert.deepEqual(
    ticksOf(axis).map((tick) => axis.label?.(tick)),
    ['0.0001', '0.001', '0.01', '0.1', '1'],
  );
});

test('times and counts are formatted for readers', () => {
  assert.equal(between(0, 1_000), '1970-01-01 00:00:00 – 00:00:01');
  assert.equal(between(0, 0), '1970-01-01 00:00:00');
  assert.equal(plural(1, 'group'), '1 group');
  assert.equal(plural(1_200, 'group'), '1,200 groups');
});
