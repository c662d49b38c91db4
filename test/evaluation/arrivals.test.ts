import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ArrivalOrderName,
  arrivalOrders,
  type OrderedPicture,
  type PlannedArrival,
} from '../../src/evaluation/replay/arrival-orders.ts';

/** Groups of 1 to 20 pictures, listed in reverse order of capture. */
const pictures: readonly OrderedPicture[] = [1, 1, 2, 3, 5, 8, 13, 20, 20].flatMap((size, group) =>
  Array.from({ length: size }, (_, at) => ({ group: `scene ${group}`, sequence: size - at })),
);
const seeds = Array.from({ length: 30 }, (_, i) => i);
const films: readonly ArrivalOrderName[] = ['film', 'interleaved'];

for (const [name, plan] of Object.entries(arrivalOrders)) {
  test(`${name}: every picture arrives once`, () => {
    for (const seed of seeds) {
      const arrived = plan(pictures, seed).map(({ picture }) => picture);
      assert.deepEqual(
        arrived.sort((a, b) => a - b),
        [...pictures.keys()],
      );
    }
  });

  test(`${name}: a seed decides everything, and another seed something else`, () => {
    assert.deepEqual(plan(pictures, 4), plan(pictures, 4));
    assert.notDeepEqual(plan(pictures, 4), plan(pictures, 5));
  });

  test(`${name}: no pictures, no arrivals`, () => assert.deepEqual(plan([], 1), []));
}

test('shuffled: all pictures bear one and the same time, that of a copy', () => {
  const captured = arrivalOrders.shuffled(pictures, 1).map((arrival) => arrival.captured);
  assert.ok(captured.every(({ ms, origin }) => ms === captured[0]?.ms && origin === 'mtime'));
});

for (const name of films) {
  test(`${name}: pictures come in the order of their times, those of a group in the order of capture`, () => {
    for (const seed of seeds) {
      const arrivals = arrivalOrders[name](pictures, seed);
      assert.ok(pairs(arrivals).every(([a, b]) => a.captured.ms <= b.captured.ms));
      for (const of of byGroup(arrivals).values())
        assert.ok(pairs(of).every(([a, b]) => sequence(a) < sequence(b)));
    }
  });

  test(`${name}: a scene is seen in one to three visits, and some scenes in more than one`, () => {
    const visits = seeds.flatMap((seed) =>
      [...byGroup(arrivalOrders[name](pictures, seed)).values()].map(countVisits),
    );
    assert.ok(visits.every((count) => count >= 1 && count <= 3));
    assert.deepEqual([...new Set(visits)].sort(), [1, 2, 3]);
  });
}

test('film: 0.2 to 5 s within a shot; cuts without a pause, and with up to an hour', () => {
  const [within, cuts]: [number[], number[]] = [[], []];
  for (const seed of seeds) {
    for (const [a, b] of pairs(arrivalOrders.film(pictures, seed)))
      (group(a) === group(b) ? within : cuts).push((b.captured.ms - a.captured.ms) / 1000);
  }
  within.sort((a, b) => a - b);
  // Two shots of one scene may follow each other, after any pause.
  assert.ok((within[0] as number) >= 0.2 && (within[Math.floor(within.length * 0.9)] as number) <= 5);
  assert.ok(cuts.filter((seconds) => seconds <= 5).length > 0.3 * cuts.length);
  assert.ok(cuts.filter((seconds) => seconds > 60).length > 0.2 * cuts.length);
  assert.ok(Math.max(...cuts) <= 3600);
});

test('interleaved: both cameras show their scenes in turn far more often than one camera would', () => {
  const changes = (name: ArrivalOrderName) =>
    seeds
      .map(
        (seed) => pairs(arrivalOrders[name](pictures, seed)).filter(([a, b]) => group(a) !== group(b)).length,
      )
      .reduce((sum, count) => sum + count, 0);
  assert.ok(changes('interleaved') > 1.5 * changes('film'), `${changes('interleaved')} ${changes('film')}`);
});

function group({ picture }: PlannedArrival): string {
  return (pictures[picture] as OrderedPicture).group;
}

function sequence({ picture }: PlannedArrival): number {
  return (pictures[picture] as OrderedPicture).sequence;
}

function byGroup(arrivals: readonly PlannedArrival[]): Map<string, PlannedArrival[]> {
  const groups = new Map<string, PlannedArrival[]>();
  for (const arrival of arrivals)
    groups.set(group(arrival), [...(groups.get(group(arrival)) ?? []), arrival]);
  return groups;
}

/** Runs of pictures at most 6.25 s apart. */
function countVisits(arrivals: readonly PlannedArrival[]): number {
  return 1 + pairs(arrivals).filter(([a, b]) => b.captured.ms - a.captured.ms > 6_250).length;
}

function pairs<T>(items: readonly T[]): [T, T][] {
  return items.slice(1).map((item, at) => [items[at] as T, item]);
}
