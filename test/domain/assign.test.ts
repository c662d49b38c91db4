import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assign, assignDuplicate, type Candidate, groupScore } from '../../src/domain/assignment/assign.ts';
import type { FrameId } from '../../src/domain/frame.ts';
import type { GroupId } from '../../src/domain/group.ts';

const thresholds = { join: 0.7, pairs: { slope: 20, centre: 0.5 }, probabilityAt: (score: number) => score };

function candidate(group: number, score: number, more: Partial<Candidate> = {}): Candidate {
  return { group: group as GroupId, score, members: membersOf(score), ...more };
}

function membersOf(...similarities: number[]) {
  return similarities.map((similarity, i) => ({ frame: (i + 1) as FrameId, similarity }));
}

test('the first frame founds a group', () => {
  const { kind, evidence } = assign([], thresholds);
  assert.deepEqual([kind, evidence.rule, evidence.probability], ['founded', 'first-of-all', 0]);
});

test('a frame joins the best group at the threshold, and founds a group slightly below', () => {
  const joined = assign([candidate(6, 0.6), candidate(5, 0.7)], thresholds);
  assert.deepEqual([joined.kind, joined.kind === 'joined' && joined.group], ['joined', 5]);
  const founded = assign([candidate(5, 0.6999)], thresholds);
  assert.deepEqual([founded.kind, founded.evidence.rule], ['founded', 'not-similar-enough']);
});

test('the evidence holds the nearest group with its best members, and the runner-up', () => {
  const many = { members: membersOf(0.9, 0.8, 0.7, 0.6) };
  const { evidence } = assign([candidate(5, 0.9, many), candidate(6, 0.8)], thresholds);
  assert.deepEqual(
    evidence.nearest?.members.map(({ frame }) => frame),
    [1, 2, 3],
  );
  assert.deepEqual([evidence.nearest?.score, evidence.runnerUp?.group], [0.9, 6]);
});

test('of two equally similar groups, the older wins', () => {
  const { evidence } = assign([candidate(8, 0.8), candidate(3, 0.8)], thresholds);
  assert.deepEqual([evidence.nearest?.group, evidence.runnerUp?.group], [3, 8]);
});

test('evidence of a join by capture time names the rule close-in-time', () => {
  assert.equal(assign([candidate(5, 0.75, { lift: 0.1 })], thresholds).evidence.rule, 'close-in-time');
  assert.equal(assign([candidate(5, 0.85, { lift: 0.1 })], thresholds).evidence.rule, 'similar-enough');
});

test('near the threshold, or between two nearly equal groups, a decision is doubtful', () => {
  const isGuess = (...some: Candidate[]) => assign(some, thresholds).evidence.doubtful === true;
  assert.deepEqual(
    [isGuess(candidate(5, 0.71)), isGuess(candidate(5, 0.69)), isGuess(candidate(5, 0.9))],
    [true, true, false],
  );
  assert.equal(isGuess(candidate(5, 0.9), candidate(6, 0.89)), true);
  assert.equal(isGuess(candidate(5, 0.9), candidate(6, 0.6)), false);
});

test('one lucky match does not make a whole group similar', () => {
  const twin = groupScore(membersOf(0.95, 0.3, 0.3, 0.3));
  assert.ok(twin < groupScore(membersOf(0.8, 0.75, 0.75)), `${twin}`);
  assert.equal(groupScore(membersOf(0.8)), 0.8);
});

test('a frame whose bytes are known joins the group of the first copy, whatever the threshold', () => {
  const { group, evidence } = assignDuplicate(4 as FrameId, 2 as GroupId);
  assert.deepEqual([group, evidence.rule, evidence.nearest?.members[0]?.frame], [2, 'same-bytes', 4]);
});
