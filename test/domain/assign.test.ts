import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assign, assignDuplicate, candidates } from '../../src/domain/assign.ts';
import type { FrameId } from '../../src/domain/frame.ts';
import type { GroupId, Neighbour } from '../../src/domain/group.ts';

const limits = { join: 0.7, probabilityAt: (score: number) => score };

function near(...all: [frame: number, group: number, similarity: number][]): Neighbour[] {
  return all.map(([frame, group, similarity]) => ({
    frame: frame as FrameId,
    group: group as GroupId,
    similarity,
  }));
}

test('the first frame of all founds a group', () => {
  const { kind, evidence } = assign([], limits);
  assert.deepEqual([kind, evidence.rule, evidence.probability], ['founded', 'first-of-all', 0]);
});

test('a frame joins the group of its nearest neighbour at the limit, and founds one a hair below', () => {
  const joined = assign(near([1, 5, 0.7], [2, 6, 0.6]), limits);
  assert.deepEqual([joined.kind, joined.kind === 'joined' && joined.group], ['joined', 5]);
  const founded = assign(near([1, 5, 0.6999]), limits);
  assert.deepEqual([founded.kind, founded.evidence.rule], ['founded', 'not-similar-enough']);
});

test('the evidence holds the nearest group with its best members, and the runner-up', () => {
  const { evidence } = assign(
    near([1, 5, 0.9], [2, 6, 0.8], [3, 5, 0.7], [4, 5, 0.6], [5, 5, 0.5], [6, 6, 0.4]),
    limits,
  );
  assert.deepEqual(
    evidence.nearest?.members.map(({ frame }) => frame),
    [1, 3, 4],
  );
  assert.deepEqual([evidence.nearest?.score, evidence.runnerUp?.group], [0.9, 6]);
  assert.deepEqual(
    evidence.runnerUp?.members.map(({ similarity }) => similarity),
    [0.8, 0.4],
  );
});

test('of two groups that are equally near, the one founded first wins', () => {
  const order = candidates(near([9, 8, 0.8], [1, 3, 0.8])).map(({ group }) => group);
  assert.deepEqual(order, [3, 8]);
});

test('a frame whose bytes are known belongs beside the first, whatever the limit', () => {
  const { group, evidence } = assignDuplicate(4 as FrameId, 2 as GroupId);
  assert.deepEqual([group, evidence.rule, evidence.nearest?.members[0]?.frame], [2, 'same-bytes', 4]);
});
