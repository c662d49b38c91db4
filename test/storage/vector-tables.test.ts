import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FrameId } from '../../src/domain/frame.ts';
import { openLmdbStore } from '../../src/storage/lmdb/lmdb-store.ts';
import { filed } from '../support/decisions.ts';
import { testFolder } from '../support/folders.ts';
import { clusteredEmbeddings, spaceOf } from '../support/vectors.ts';

const [old, next] = [spaceOf(32), { id: 'next@1', dimensions: 48 }];
const [olds, nexts] = [clusteredEmbeddings(20), clusteredEmbeddings(20, { dimensions: 48 })];
const frame = (id: number) => id as FrameId;
const embedded = (from: number, to: number) =>
  nexts.slice(from - 1, to).map((embedding, i) => ({ frame: frame(from + i), embedding }));

test('another space is filled beside the one that decisions use, in steps, and takes its place', async (context) => {
  const folder = testFolder(context);
  const store = openLmdbStore({ folder, space: old });
  store.commit(olds.slice(0, 10).map((embedding, i) => filed(i + 1, embedding, i + 1)));
  const table = store.spaces.create(next);
  assert.deepEqual(store.spaces.list(), [old.id, next.id]);
  assert.deepEqual(table.missing(frame(0), 3), [1, 2, 3]);
  table.put(embedded(1, 8));
  assert.deepEqual(table.missing(frame(0), 20), [9, 10]);
  assert.throws(() => store.spaces.activate(next, undefined), /frame 9 has no embedding/);
  store.commit([filed(11, olds[10] as (typeof olds)[0], 11)]);
  assert.deepEqual(table.missing(frame(8), 20), [9, 10, 11]);
  table.put(embedded(9, 11));
  const choice = { configured: 'old', model: 'next', calibration: null, joinSimilarity: 0.5 };
  store.spaces.activate(next, choice);
  assert.deepEqual(store.spaces.choice, choice);
  store.commit([filed(12, nexts[11] as (typeof nexts)[0], 12)]);
  await store.close();

  assert.throws(() => openLmdbStore({ folder, space: old }), /its embeddings are of next@1/);
  const again = openLmdbStore({ folder, space: next });
  assert.equal(again.embedding(frame(12))?.length, 48);
  assert.equal(Array.from(again.embeddings(frame(0))).length, 12);
  again.spaces.drop(old);
  assert.deepEqual(again.spaces.list(), [next.id]);
  assert.equal(again.embedding(frame(1))?.length, 48);
  await again.close();
});

test('a frame that is forgotten is forgotten in every space, and does not come back', async (context) => {
  const store = openLmdbStore({ folder: testFolder(context), space: old });
  store.commit(olds.slice(0, 5).map((embedding, i) => filed(i + 1, embedding, i + 1)));
  const table = store.spaces.create(next);
  table.put(embedded(1, 3));
  store.forget([frame(2), frame(4)]);
  table.put(embedded(4, 5)); // made from a picture that was deleted meanwhile
  assert.deepEqual(
    Array.from(table.embeddings(frame(0)), (one) => one.frame),
    [1, 3, 5],
  );
  await store.close();
});
