import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Embedding } from '../../src/domain/embedding.ts';
import type { FrameId } from '../../src/domain/frame.ts';
import { ExactIndex } from '../../src/storage/vectors/exact-index.ts';
import { dimensions, embeddings, fill, found, indexGround, queries } from '../support/vector-index.ts';
import { filled, vectorIndexContract } from './contract/vector-index.ts';

vectorIndexContract('exact', () => new ExactIndex());
vectorIndexContract('usearch', async (context) => (await indexGround(context)).open());

test('usearch finds at least 98 of 100 of the true ten nearest', async (context) => {
  const ground = await indexGround(context);
  const index = await ground.open();
  await fill(index, ground, embeddings.length);
  const exact = await found(await filled(new ExactIndex()));
  const hits = (await found(index)).map((near, i) => {
    const ids = new Set(exact[i]?.map(({ frame }) => frame));
    return near.filter(({ frame }) => ids.has(frame)).length;
  });
  const recall = hits.reduce((sum, n) => sum + n, 0) / (10 * queries.length);
  assert.ok(recall >= 0.98, `recall ${recall}`);
  await index.close();
});

test('frames that come out of order, and vectors that are no embeddings, are mistakes that are told', async (context) => {
  const index = await filled(await (await indexGround(context)).open(), 5);
  const add = (frame: number, embedding: unknown) =>
    index.add([{ frame: frame as FrameId, embedding: embedding as Embedding }]);
  await assert.rejects(add(5, embeddings[5]), /was added after/);
  await assert.rejects(add(6, new Float32Array(dimensions)), /unit/);
  await assert.rejects(index.search(new Float32Array(3) as Embedding, 1), /values/);
});
