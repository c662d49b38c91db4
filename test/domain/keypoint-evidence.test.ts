import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assign, type Candidate } from '../../src/domain/assignment/assign.ts';
import { explainEvidence } from '../../src/domain/assignment/explain.ts';
import {
  assignWithKeypoints,
  inliersMin,
  membersToVerify,
} from '../../src/domain/assignment/keypoint-evidence.ts';
import type { FrameId } from '../../src/domain/frame.ts';
import type { GroupId } from '../../src/domain/group.ts';
import {
  framesPerVerification,
  initialBudget,
  VerificationBudget,
} from '../../src/grouping/verification-budget.ts';

const thresholds = { join: 0.8, pairs: { slope: 20, centre: 0.6 }, probabilityAt: () => 0.5 };

/** A group of two. Its frames are ten times its number, and one more. */
function group(id: number, score: number): Candidate {
  const member = (frame: number, similarity: number) => ({ frame: frame as FrameId, similarity });
  return { group: id as GroupId, score, members: [member(10 * id, score), member(10 * id + 1, score - 0.1)] };
}

const found = (frame: number, inliers: number) => ({ frame: frame as FrameId, inliers });

test('the most similar member is verified slightly below the threshold, and none further below or above', () => {
  assert.deepEqual(membersToVerify([group(1, 0.79), group(2, 0.3)], thresholds), [10]);
  assert.deepEqual(membersToVerify([group(1, 0.77), group(2, 0.79), group(3, 0.76)], thresholds), [20, 10]);
  assert.deepEqual(membersToVerify([group(1, 0.7)], thresholds), []);
  assert.deepEqual(membersToVerify([group(1, 0.81)], thresholds), []);
  assert.deepEqual(membersToVerify([], thresholds), []);
});

test('two nearly equal groups are verified, and a clearly less similar second group is not', () => {
  assert.deepEqual(membersToVerify([group(1, 0.9), group(2, 0.89)], thresholds), [10, 20]);
  assert.deepEqual(membersToVerify([group(1, 0.9), group(2, 0.82)], thresholds), []);
  assert.deepEqual(membersToVerify([group(1, 0.81), group(2, 0.79)], thresholds), []);
});

test('enough keypoints make a frame join, and are stored with their member', () => {
  const candidates = [group(1, 0.79), group(2, 0.78)];
  const decided = assignWithKeypoints(candidates, thresholds, [], [found(10, 4), found(20, inliersMin)]);
  assert.ok(decided.kind === 'joined' && decided.group === 2);
  const { rule, nearest, runnerUp, doubtful } = decided.evidence;
  assert.deepEqual([rule, nearest?.group, runnerUp?.group, doubtful], ['keypoints', 2, 1, undefined]);
  assert.equal(nearest?.members[0]?.inliers, inliersMin);
  assert.equal(runnerUp?.members[0]?.inliers, 4);
  assert.match(explainEvidence(decided.evidence, 'scene-2'), /scene-2 is 0\.780.*15 keypoints/);
});

test('too few keypoints change nothing', () => {
  const candidates = [group(1, 0.79)];
  assert.deepEqual(
    assignWithKeypoints(candidates, thresholds, [], [found(10, inliersMin - 1)]),
    assign(candidates, thresholds),
  );
});

test('keypoints that confirm the more similar group do not change the decision', () => {
  const candidates = [group(1, 0.9), group(2, 0.89)];
  const decided = assignWithKeypoints(candidates, thresholds, [], [found(10, 50), found(20, 30)]);
  assert.deepEqual([decided.kind, decided.evidence.rule], ['joined', 'similar-enough']);
  const other = assignWithKeypoints(candidates, thresholds, [], [found(10, 3), found(20, 30)]);
  assert.ok(other.kind === 'joined' && other.group === 2);
});

test('frames earn verifications, saved up to a maximum', () => {
  const budget = new VerificationBudget(initialBudget);
  for (let looks = initialBudget / framesPerVerification; looks > 0; looks--) {
    assert.ok(budget.isEnough);
    budget.charge(true);
  }
  assert.ok(!budget.isEnough);
  for (let frame = 0; frame < 100 * framesPerVerification; frame++) budget.charge(false);
  let looks = 0;
  for (; budget.isEnough; looks++) budget.charge(true);
  assert.ok(looks >= 8 && looks <= 9, `${looks} looks were saved up`);
});
