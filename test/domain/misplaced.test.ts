import assert from 'node:assert/strict';
import { test } from 'node:test';
import { misplacedFrames } from '../../src/domain/assignment/misplaced.ts';
import type { Embedding } from '../../src/domain/embedding.ts';
import { similarity } from '../../src/domain/embedding.ts';
import type { FrameId } from '../../src/domain/frame.ts';
import type { GroupId } from '../../src/domain/group.ts';

const join = 0.8;

const crowd = [0, 1, 2, 3, 4, 5].map((degrees) => [degrees, 1] as const);

/** Pictures on a circle, in degrees: pictures less than 37 degrees apart are similar. */
function misplacedOf(...placed: readonly (readonly [degrees: number, group: number])[]) {
  const frames = placed.map(([degrees, group], at) => ({
    frame: (at + 1) as FrameId,
    group: group as GroupId,
    embedding: Float32Array.of(
      Math.cos((degrees * Math.PI) / 180),
      Math.sin((degrees * Math.PI) / 180),
    ) as Embedding,
  }));
  const near = (embedding: Embedding) =>
    frames
      .map((one) => ({ frame: one.frame, similarity: similarity(embedding, one.embedding) }))
      .sort((a, b) => b.similarity - a.similarity);
  const groupOf = (frame: FrameId) => frames[frame - 1]?.group;
  return Array.from(misplacedFrames(frames, near, groupOf, join));
}

test('frames in the right group are not misplaced, nor is a single frame unlike all others', () => {
  assert.deepEqual(misplacedOf([0, 1], [5, 1], [90, 2], [95, 2], [200, 3]), []);
});

test('a frame more similar to another group is reported, with that group', () => {
  assert.deepEqual(misplacedOf(...crowd, [90, 2], [95, 2], [92, 1]), [{ frame: 9, group: 1, better: 2 }]);
});

test('a frame unlike all groups is reported without a group', () => {
  assert.deepEqual(misplacedOf(...crowd, [150, 1]), [{ frame: 7, group: 1, better: undefined }]);
});

test('two similar groups of one frame each are both reported', () => {
  assert.deepEqual(misplacedOf([0, 1], [5, 2]), [
    { frame: 1, group: 1, better: 2 },
    { frame: 2, group: 2, better: 1 },
  ]);
});
