import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Embedding, similarity } from '../../src/domain/embedding.ts';
import type { FrameId } from '../../src/domain/frame.ts';
import { openLmdbStore } from '../../src/storage/lmdb/lmdb-store.ts';
import { filed } from '../support/decisions.ts';
import { testFolder } from '../support/folders.ts';
import { clusteredEmbeddings, spaceOf } from '../support/vectors.ts';

test('a frame’s embedding is read by its id, until the frame is forgotten', async (context) => {
  const embeddings = clusteredEmbeddings(3);
  const store = openLmdbStore({ folder: testFolder(context), space: spaceOf(32) });
  store.commit(embeddings.map((embedding, i) => filed(i + 1, embedding, i + 1)));
  for (const [i, embedding] of embeddings.entries()) {
    const read = store.embedding((i + 1) as FrameId) as Embedding;
    assert.ok(similarity(read, embedding) > 0.9999);
  }
  assert.equal(store.embedding(4 as FrameId), undefined);
  store.forget([2 as FrameId]);
  assert.equal(store.embedding(2 as FrameId), undefined);
  assert.ok(store.embedding(3 as FrameId));
  await store.close();
});
