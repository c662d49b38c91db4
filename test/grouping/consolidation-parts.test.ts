import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evidenceOf, explainChange } from '../../src/domain/consolidation/change-evidence.ts';
import { stillValid, withNew } from '../../src/domain/consolidation/proposals.ts';
import type {
  SuggestedChange,
  SuggestedChangeEvidence,
} from '../../src/domain/consolidation/suggested-change.ts';
import type { FrameId } from '../../src/domain/frame.ts';
import type { GroupId } from '../../src/domain/group.ts';
import { plannedChangesOf } from '../../src/grouping/consolidation/planned-changes.ts';
import {
  progressBytes,
  progressKey,
  readProgress,
} from '../../src/grouping/consolidation/progress-record.ts';
import { constraintsIn } from '../../src/grouping/consolidation/user-constraints.ts';
import { MembershipCache } from '../../src/storage/membership-cache.ts';
import { filed } from '../support/decisions.ts';
import { MemoryStore } from '../support/memory-store/memory-store.ts';
import { clusteredEmbeddings, spaceOf } from '../support/vectors.ts';

const frame = (id: number) => id as FrameId;
const group = (id: number) => id as GroupId;
const dayMs = 86_400_000;

const target = {
  score: 0.7,
  best: 0.8,
  pair: [frame(1), frame(2)],
  mean: 0.64,
  crowding: 0.05,
  lift: 0.03,
} as const;
const evidence: SuggestedChangeEvidence = { join: 0.55, target, own: undefined };

function merge(from: number, into: number, proposed = true): SuggestedChange {
  return { kind: 'merge', from: group(from), into: group(into), evidence, proposed };
}

function move(
  id: number,
  from: number,
  to: number | { foundedBy: FrameId },
  proposed = true,
): SuggestedChange {
  const place = typeof to === 'number' ? group(to) : to;
  return { kind: 'move', frame: frame(id), from: group(from), to: place, evidence, proposed };
}

/** Frames 1 and 2 in group 1, 3 in group 2, 4 in group 3, captured a day apart, starting on the first day. */
async function threeGroups() {
  const store = new MemoryStore(spaceOf(32).id);
  const membership = new MembershipCache();
  for (const [at, embedding] of clusteredEmbeddings(4).entries()) {
    const decision = filed(at + 1, embedding, Math.max(1, at), at !== 1);
    await store.commit([{ ...decision, frame: { ...decision.frame, arrivedMs: (at + 1) * dayMs } }]);
    membership.putFrame(decision.frame.id, decision.placement.group);
  }
  const members = (id: GroupId) => membership.members(id);
  return { store, members, groupOf: (id: FrameId) => membership.groupOf(id) };
}

function given(publishedDays: number) {
  return { grouping: { publishedDays } } as Parameters<typeof constraintsIn>[1];
}

test('a group is published when its youngest picture is old enough, at 0 days at once, whatever the clock', async () => {
  const known = await threeGroups();
  const reserved = async (days: number, nowMs: number) => {
    const { reasonOf } = await constraintsIn(known, given(days), nowMs);
    return Promise.all([1, 2, 3].map((id) => reasonOf(group(id))));
  };
  assert.deepEqual(await reserved(7, 9.5 * dayMs), ['published', undefined, undefined]);
  assert.deepEqual(await reserved(7, 12 * dayMs), ['published', 'published', 'published']);
  assert.deepEqual(await reserved(7, 0), [undefined, undefined, undefined]);
  assert.deepEqual(await reserved(0, 0), ['published', 'published', 'published']);
});

test("the user's moves keep frames in place, exclude their old groups, and protect the groups", async () => {
  const known = await threeGroups();
  await known.store.corrections.add([{ frame: frame(3), from: group(1), to: group(2) }]);
  const { constraints, reasonOf: reserveOf } = await constraintsIn(known, given(7), 5 * dayMs);
  assert.deepEqual([constraints.isKept(frame(3)), constraints.isKept(frame(1))], [true, false]);
  assert.deepEqual(
    [1, 2, 3].map((id) => constraints.isApart(frame(3), group(id))),
    [true, false, false],
  );
  assert.deepEqual(await Promise.all([1, 2, 3].map((id) => reserveOf(group(id)))), [
    'touched',
    'touched',
    undefined,
  ]);
});

test('a proposal is valid while its groups exist, its frames have not moved, and the user has not refused', async () => {
  const known = await threeGroups();
  const free = { isApart: () => false };
  const all = [merge(3, 1), merge(4, 1), move(3, 2, 1), move(3, 1, 2), move(4, 3, 9)];
  assert.deepEqual(stillValid(all, known, free), [merge(3, 1), move(3, 2, 1)]);
  const isApart = (id: FrameId, from: GroupId) => id === 4 && from === 1;
  assert.deepEqual(stillValid(all, known, { isApart }), [move(3, 2, 1)]);
});

test('a merge is proposed once, whatever its direction', () => {
  const known = [merge(3, 1), move(3, 2, 1)];
  const { all, added } = withNew(known, [merge(1, 3), merge(2, 1), move(3, 2, 4)]);
  assert.deepEqual(added, [merge(2, 1)]);
  assert.deepEqual(all, [...known, merge(2, 1)]);
});

test('each change is a journal entry; frames that found a group together share an entry; moves come before merges', () => {
  const [alone, together] = [{ foundedBy: frame(7) }, { foundedBy: frame(8) }];
  const suggestedChanges = [
    merge(2, 1, false),
    move(5, 2, 3, false),
    move(7, 2, alone, false),
    move(8, 3, together, false),
    move(9, 4, together, false),
    move(10, 4, 1),
    merge(5, 6),
  ];
  assert.deepEqual(
    plannedChangesOf(suggestedChanges).map(({ why, what, to }) => ({ act: why.act, by: why.by, what, to })),
    [
      { act: 'move', by: 'consolidation', what: { frames: [5] }, to: 3 },
      { act: 'move', by: 'consolidation', what: { frames: [7] }, to: undefined },
      { act: 'move', by: 'consolidation', what: { frames: [8, 9] }, to: undefined },
      { act: 'merge', by: 'consolidation', what: { group: 2 }, to: 1 },
    ],
  );
});

test('evidence is explained in words; changes by commands have no evidence', () => {
  const words = explainChange(
    evidenceOf({ ...evidence, own: { ...target, score: 0.4 } }),
    (id) => `${id}.jpg`,
  );
  for (const part of [
    'similarity is 0.700',
    'its old group 0.400',
    'join from 0.550',
    '1.jpg and 2.jpg at 0.800',
    '0.640',
    'less 0.050 because many',
    'plus 0.030 for their capture times',
  ])
    assert.ok(words.includes(part), `${part}: ${words}`);
  assert.doesNotMatch(words, /keypoints/);
  assert.match(explainChange(evidenceOf({ ...evidence, inliers: 17 }), String), /share 17 keypoints/);
  assert.match(
    explainChange(evidenceOf({ join: 0.5, target: undefined, own: target }), String),
    /not similar to any other group/,
  );
  assert.equal(explainChange({ from: 'scene-1', pictures: 3 }, String), '');
});

test('progress and proposals survive the store; a record of another version is ignored', async () => {
  const { store } = await threeGroups();
  assert.equal(await readProgress(store), undefined);
  const { seen, proposals } = { seen: frame(3), proposals: [merge(2, 1), move(3, 2, 1)] };
  await store.settings.put(progressKey, progressBytes({ seen, proposals }));
  const read = await readProgress(store);
  assert.deepEqual(
    [read?.seen, stillValid(read?.proposals ?? [], await threeGroups(), { isApart: () => false }).length],
    [3, 2],
  );
  await store.settings.put(progressKey, Buffer.from('{"v":2,"seen":"elsewhere"}'));
  assert.equal(await readProgress(store), undefined);
});
