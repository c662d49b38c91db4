import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Evidence } from '../../src/domain/assignment/assign.ts';
import type { FrameId } from '../../src/domain/frame.ts';
import type { GroupId } from '../../src/domain/group.ts';
import { libraryData, vectorsOf, viewLibrary } from '../../src/report/library-data.ts';
import type { FilingDecision, Store } from '../../src/storage/store.ts';
import { filed } from '../support/decisions.ts';
import { MemoryStore } from '../support/memory-store/memory-store.ts';
import { embeddingOf } from '../support/store-reads.ts';
import { clusteredEmbeddings, spaceOf } from '../support/vectors.ts';

const vectors = clusteredEmbeddings(6, { dimensions: 8 });

async function storeWith(decisions: readonly FilingDecision[]): Promise<Store> {
  const store = new MemoryStore(spaceOf(8).id);
  await store.commit(decisions);
  return store;
}

function frame(id: number, group: number, isFounder: boolean): FilingDecision {
  return filed(id, vectors[id - 1] as (typeof vectors)[number], group, isFounder);
}

function doubting(decision: FilingDecision, probability: number, rule: Evidence['rule']): FilingDecision {
  const candidate = (group: number, member: number, score: number) => ({
    group: group as GroupId,
    score,
    members: [{ frame: member as FrameId, similarity: score }],
  });
  const evidence = {
    rule,
    join: 0.5,
    probability,
    nearest: candidate(1, 1, 0.51),
    runnerUp: candidate(2, 2, 0.4),
    doubtful: true,
  };
  return { ...decision, evidence };
}

test('groups come with the largest first, frames in the order of capture within each', async () => {
  const store = await storeWith([frame(1, 1, true), frame(2, 2, true), frame(3, 2, false)]);
  const data = libraryData(await viewLibrary(store));
  assert.deepEqual(data.groupNames, ['scene-2', 'scene-1']);
  assert.deepEqual(data.frameNames, ['2.jpg', '3.jpg', '1.jpg']);
  assert.deepEqual(data.groupOf, [0, 0, 1]);
  const kept = await Promise.all([2, 3, 1].map((id) => embeddingOf(store, id as FrameId)));
  assert.deepEqual(await vectorsOf(store, await viewLibrary(store)), kept);
  assert.notDeepEqual(kept[0], kept[1]);
});

test('the least certain decision is first; a new group is as certain as it is dissimilar', async () => {
  const store = await storeWith([
    frame(1, 1, true),
    frame(2, 2, true),
    doubting(frame(3, 1, false), 0.6, 'similar-enough'),
    doubting(frame(4, 4, true), 0.7, 'not-similar-enough'),
    doubting(frame(5, 1, false), 0.4, 'close-in-time'),
  ]);
  const { doubtful, frameNames } = libraryData(await viewLibrary(store));
  assert.deepEqual(
    doubtful.map(({ frame: at, sure }) => [frameNames[at], Number(sure.toFixed(3))]),
    [
      ['4.jpg', 0.3],
      ['5.jpg', 0.4],
      ['3.jpg', 0.6],
    ],
  );
  const [first] = doubtful;
  assert.equal(first?.runnerUp?.name, 'scene-2');
  assert.equal(frameNames[first?.nearest?.members[0]?.frame ?? -1], '1.jpg');
});

test('control characters in names are escaped', async () => {
  const decision = frame(1, 1, true);
  const name = 'a\nb\udcff</script>.jpg';
  const store = await storeWith([{ ...decision, placement: { ...decision.placement, name } }]);
  assert.deepEqual(libraryData(await viewLibrary(store)).frameNames, ['a\\x0ab\\xff</script>.jpg']);
});

test('forgotten members are left out of the evidence', async () => {
  const store = await storeWith([
    frame(1, 1, true),
    frame(2, 2, true),
    doubting(frame(3, 1, false), 0.6, 'similar-enough'),
  ]);
  await store.forget([2 as FrameId]);
  const [doubt] = libraryData(await viewLibrary(store)).doubtful;
  assert.deepEqual(doubt?.runnerUp?.members, []);
  assert.match(doubt?.runnerUp?.name ?? '', /gone/);
});
