import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CaptureTime, FrameId } from '../../src/domain/frame.ts';
import { RecentCaptures, rememberedFrames } from '../../src/grouping/recent-captures.ts';

const at = (ms: number, origin: CaptureTime['origin'] = 'exif') => ({ ms, origin });

function timeline(...times: CaptureTime[]): RecentCaptures {
  const line = new RecentCaptures();
  for (const [i, time] of times.entries()) line.add((i + 1) as FrameId, time);
  return line;
}

test('the nearest frames before and after, nearest first, with signed spans', () => {
  const near = timeline(at(1_000), at(9_000), at(4_000), at(6_000)).near(at(5_500));
  assert.deepEqual(
    near.map(({ frame, spanMs }) => [frame, spanMs]),
    [
      [4, -500],
      [3, 1_500],
      [2, -3_500],
      [1, 4_500],
    ],
  );
});

test('of frames with equal times the last arrivals are nearest', () => {
  const near = timeline(...Array.from({ length: 9 }, () => at(1_000))).near(at(1_000));
  assert.deepEqual(
    near.map(({ frame }) => frame),
    [9, 8, 7],
  );
});

test('more than a minute away is not near, and another capture source never is', () => {
  const line = timeline(at(0), at(30_000, 'mtime'));
  assert.deepEqual(line.near(at(60_001)), []);
  assert.equal(line.near(at(60_000)).length, 1);
});

test('only the most recent frames are kept', () => {
  const line = timeline(...Array.from({ length: rememberedFrames + 1 }, (_, i) => at(i * 100_000)));
  assert.deepEqual(line.near(at(0)), []);
  assert.equal(line.near(at(100_000)).length, 1);
});
