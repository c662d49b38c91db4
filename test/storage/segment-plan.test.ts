import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  blocksAt,
  contiguousSegments,
  endOf,
  keyOf,
  mergesAt,
  type SegmentBlock,
  type SegmentLayout,
} from '../../src/storage/vectors/usearch/segment-plan.ts';

const shape: SegmentLayout = {
  sealFrames: 64,
  levels: [
    { seals: 1, lag: 0 },
    { seals: 4, lag: 1 },
    { seals: 16, lag: 4 },
  ],
};
const keys = (blocks: readonly SegmentBlock[]) => blocks.map(keyOf).join(' ');
const all = () => true;

test('merged segments are searched from their due time on, and not before', () => {
  assert.equal(keys(blocksAt(4, shape, all)), '0-0 0-1 0-2 0-3');
  assert.equal(keys(blocksAt(5, shape, all)), '1-0 0-4');
  assert.equal(keys(blocksAt(19, shape, all)), '1-0 1-4 1-8 1-12 0-16 0-17 0-18');
  assert.equal(keys(blocksAt(21, shape, all)), '2-0 1-16 0-20');
});

test('the segments follow each other without a gap, whatever is late', () => {
  for (const isUsable of [
    all,
    () => false,
    ({ level }: SegmentBlock) => level < 2,
    ({ start }: SegmentBlock) => start !== 4,
  ]) {
    for (let seals = 0; seals < 70; seals++) {
      let end = 0;
      for (const block of blocksAt(seals, shape, isUsable)) {
        assert.equal(block.start, end);
        end = endOf(block, shape);
      }
      assert.equal(end, seals);
    }
  }
});

test('every merged segment is planned before it is due, and none that nobody will search', () => {
  for (let seals = 1; seals < 100; seals++) {
    const planned = new Set(mergesAt(seals - 1, shape).map(keyOf));
    const due = blocksAt(seals, shape, all).filter(({ level }) => level > 0);
    const before = new Set(blocksAt(seals - 1, shape, all).map(keyOf));
    for (const block of due) assert.ok(planned.has(keyOf(block)) || before.has(keyOf(block)), keyOf(block));
  }
  assert.equal(keys(mergesAt(21, shape)), '2-0 1-16');
});

test('what was saved tells the number of seals, up to the first gap', () => {
  const at = (level: number, start: number) => ({ level, start });
  const saved = [at(0, 4), at(1, 0), at(0, 0), at(0, 5), at(0, 7), at(0, 1)];
  assert.equal(keys(contiguousSegments(saved, shape)), '1-0 0-4 0-5');
  assert.deepEqual(contiguousSegments([at(0, 1)], shape), []);
});
