import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FrameId } from '../../src/domain/frame.ts';
import { openLmdbStore } from '../../src/storage/lmdb/lmdb-store.ts';
import { filed } from '../support/decisions.ts';
import { testFolder } from '../support/folders.ts';
import { embeddingOf, embeddingsOf } from '../support/store-reads.ts';
import { clusteredEmbeddings, spaceOf } from '../support/vectors.ts';

const [old, next] = [spaceOf(32), { id: 'next@1', dimensions: 48 }];
const [olds, nexts] = [clusteredEmbeddings(20), clusteredEmbeddings(20, { dimensions: 48 })];
const frame = (id: number) => id as FrameId;
const embedded = (from: number, to: number) =>
  nexts.slice(from - 1, to).map((embedding, i) => ({ frame: frame(from + i), embedding }));

test('another space is filled beside the one that decisions use, in steps, and takes its place', async (context) => {
  const folder = testFolder(context);
  const store = await openLmdbStore({ folder, space: old });
  await store.commit(olds.slice(0, 10).map((embedding, i) => filed(i + 1, embedding, i + 1)));
  const table = await store.spaces.create(next);
  assert.deepEqual(await store.spaces.list(), [old.id, next.id]);
  assert.deepEqual(await table.missing(frame(0), 3), [1, 2, 3]);
  await table.put(embedded(1, 8));
  assert.deepEqual(await table.missing(frame(0), 20), [9, 10]);
  await assert.rejects(store.spaces.activate(next, undefined), /frame 9 has no embedding/);
  await store.commit([filed(11, olds[10] as (typeof olds)[0], 11)]);
  assert.deepEqual(await table.missing(frame(8), 20), [9, 10, 11]);
  await table.put(embedded(9, 11));
  const choice = { configured: 'old', model: 'next', calibration: null, joinSimilarity: 0.5 };
  await store.spaces.activate(next, choice);
  assert.deepEqual(await store.spaces.choice(), choice);
  await store.commit([filed(12, nexts[11] as (typeof nexts)[0], 12)]);
  await store.close();

  await assert.rejects(openLmdbStore({ folder, space: old }), /its embeddings are of next@1/);
  const again = await openLmdbStore({ folder, space: next });
  assert.equal((await embeddingOf(again, frame(12)))?.length, 48);
  assert.equal((await embeddingsOf(again)).length, 12);
  await again.spaces.drop(old);
  assert.deepEqual(await again.spaces.list(), [next.id]);
  assert.equal((await embeddingOf(again, frame(1)))?.length, 48);
  await again.close();
});

test('a frame that is forgotten is forgotten in every space, and does not come back', async (context) => {
  const store = await openLmdbStore({ folder: testFolder(context), space: old });
  await store.commit(olds.slice(0, 5).map((embedding, i) => filed(i + 1, embedding, i + 1)));
  const table = await store.spaces.create(next);
  await table.put(embedded(1, 3));
  await store.forget([frame(2), frame(4)]);
  await table.put(embedded(4, 5)); // made from a picture that was deleted meanwhile
  assert.deepEqual(
    Array.from(await embeddingsOf({ vectors: table }), (one) => one.frame),
    [1, 3, 5],
  );
  await store.close();
});
