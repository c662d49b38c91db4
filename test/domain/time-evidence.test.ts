import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClockReliability, observationsMax } from '../../src/domain/assignment/clock-reliability.ts';
import { observationsOf, timeBonus } from '../../src/domain/assignment/time-evidence.ts';
import type { FrameId } from '../../src/domain/frame.ts';
import type { GroupId } from '../../src/domain/group.ts';
import { fitPairOdds } from '../../src/evaluation/calibration/fit-pair-odds.ts';

const pairs = { slope: 30, centre: 0.6 };
const thresholds = { join: 0.75, pairs };
const group = (id: number) => id as GroupId;

function near(id: number, similarity: number, spanMs = 500) {
  return { frame: 1 as FrameId, group: group(id), similarity, spanMs };
}

/** A clock after `count` observations of frames close in time with this similarity. */
function taught(clock: 'exif' | 'mtime', similarity: number, count = 200): ClockReliability {
  const clockReliability = new ClockReliability();
  for (let i = 0; i < count; i++)
    for (const lesson of observationsOf([near(1, similarity)], clock, clockReliability, pairs))
      clockReliability.observe(lesson);
  return clockReliability;
}

const believing = (clockReliability: ClockReliability, revisitRate = 0) => ({
  clockReliability,
  revisitRate,
});

test('a clock whose close frames show one scene is reliable, a clock whose close frames differ is not', () => {
  const pair = { clock: 'exif', spanMs: 500 } as const;
  assert.ok(taught('exif', 0.85).shareOf(pair) > 0.85);
  assert.ok(taught('exif', 0.3).shareOf(pair) < 0.05);
});

test("a camera's time is reliable at first, a copy's hardly", () => {
  const clockReliability = new ClockReliability();
  assert.equal(clockReliability.shareOf({ clock: 'exif', spanMs: 500 }), 0.5);
  assert.ok(clockReliability.shareOf({ clock: 'mtime', spanMs: 500 }) < 0.1);
});

test('observations of one source and span do not affect others', () => {
  const clockReliability = taught('exif', 0.3);
  assert.equal(clockReliability.shareOf({ clock: 'name', spanMs: 500 }), 0.5);
  assert.equal(clockReliability.shareOf({ clock: 'exif', spanMs: 8_000 }), 0.5);
});

test('pictures copied in bulk bear the time of the copy: soon there is no bonus and no penalty', () => {
  const clockReliability = taught('mtime', 0.3, 400);
  const nearby = [near(1, 0.3)];
  assert.ok(timeBonus(group(1), nearby, 'mtime', believing(clockReliability), thresholds) < 0.01);
  assert.ok(timeBonus(group(2), nearby, 'mtime', believing(clockReliability), thresholds) > -0.01);
});

test('a reliable clock gives its group a bonus; if scenes seldom come back, all others get a penalty', () => {
  const clockReliability = taught('exif', 0.85);
  const nearby = [near(1, 0.5)];
  assert.ok(timeBonus(group(1), nearby, 'exif', believing(clockReliability, -3), thresholds) > 0.07);
  assert.equal(timeBonus(group(2), nearby, 'exif', believing(clockReliability, -3), thresholds), -0.1);
});

test('two cameras at once: both groups nearby get a bonus', () => {
  const clockReliability = new ClockReliability();
  for (let i = 0; i < 100; i++)
    for (const lesson of observationsOf([near(1, 0.85), near(2, 0.3)], 'exif', clockReliability, pairs))
      clockReliability.observe(lesson);
  const nearby = [near(1, 0.85), near(2, 0.3)];
  const lifts = [1, 2].map((id) =>
    timeBonus(group(id), nearby, 'exif', believing(clockReliability), thresholds),
  );
  assert.ok(Math.min(...lifts) > 0.05, `${lifts}`);
});

test('no clock, however reliable, joins pictures of different things', () => {
  const lift = timeBonus(
    group(1),
    [near(1, 0.5)],
    'exif',
    believing(taught('exif', 0.85, 1_000)),
    thresholds,
  );
  assert.ok(thresholds.join - lift > pairs.centre, `${lift}`);
});

test('no frame nearby, no bonus', () => {
  assert.equal(timeBonus(group(1), [], 'exif', believing(taught('exif', 0.85)), thresholds), 0);
});

test('a clock that went wrong becomes unreliable again', () => {
  const clockReliability = taught('exif', 0.85);
  for (let i = 0; i < observationsMax; i++)
    clockReliability.observe({ clock: 'exif', spanMs: 500, share: 0 });
  assert.ok(clockReliability.shareOf({ clock: 'exif', spanMs: 500 }) < 0.05);
});

test('the odds of a similarity: even between two normal distributions, steeper for narrow ones', () => {
  const notifier = (mean: number, width: number) =>
    Array.from({ length: 99 }, (_, i) => mean + width * Math.log((i + 1) / (99 - i)));
  const odds = fitPairOdds(notifier(0.8, 0.05), notifier(0.4, 0.05));
  assert.ok(Math.abs(odds.centre - 0.6) < 1e-3, `${odds.centre}`);
  assert.ok(odds.slope > fitPairOdds(notifier(0.8, 0.1), notifier(0.4, 0.1)).slope);
});
