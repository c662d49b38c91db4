import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Embedding, similarity } from '../../src/domain/embedding.ts';
import type { FrameId } from '../../src/domain/frame.ts';
import { openLmdbStore } from '../../src/storage/lmdb/lmdb-store.ts';
import { filed } from '../support/decisions.ts';
import { testFolder } from '../support/folders.ts';
import { embeddingOf } from '../support/store-reads.ts';
import { clusteredEmbeddings, spaceOf } from '../support/vectors.ts';

test('a frame’s embedding is read by its id, until the frame is forgotten', async (context) => {
  const embeddings = clusteredEmbeddings(3);
  const store = await openLmdbStore({ folder: testFolder(context), space: spaceOf(32) });
  await store.commit(embeddings.map((embedding, i) => filed(i + 1, embedding, i + 1)));
  for (const [i, embedding] of embeddings.entries()) {
    const read = (await embeddingOf(store, (i + 1) as FrameId)) as Embedding;
    assert.ok(similarity(read, embedding) > 0.9999);
  }
  assert.equal(await embeddingOf(store, 4 as FrameId), undefined);
  await store.forget([2 as FrameId]);
  assert.equal(await embeddingOf(store, 2 as FrameId), undefined);
  assert.ok(await embeddingOf(store, 3 as FrameId));
  await store.close();
});
