import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Embedding, similarity } from '../../src/domain/embedding.ts';
import type { FrameId } from '../../src/domain/frame.ts';
import { ExactIndex } from '../../src/storage/vectors/exact-index.ts';
import type { VectorIndex } from '../../src/storage/vectors/vector-index.ts';
import {
  dimensions,
  embeddings,
  fill,
  found,
  framesOf,
  indexGround,
  queries,
} from '../support/vector-index.ts';

function filled(index: VectorIndex, count = embeddings.length): VectorIndex {
  for (const { frame, embedding } of framesOf(0, count)) index.add(frame, embedding);
  return index;
}

for (const name of ['exact', 'usearch'] as const) {
  const opened = async (context: TestContext): Promise<VectorIndex> =>
    name === 'exact' ? new ExactIndex() : indexGround(context).open();

  test(`${name}: an empty index finds nothing`, async (context) => {
    assert.deepEqual((await opened(context)).search(queries[0] as Embedding, 10), []);
  });

  test(`${name}: neighbours come by falling cosine, the frame itself first, no more than asked for`, async (context) => {
    const index = filled(await opened(context), 500);
    for (const { frame, embedding } of framesOf(0, 50)) {
      const near = index.search(embedding, 7);
      assert.equal(near.length, 7);
      assert.equal(near[0]?.frame, frame);
      for (const [i, one] of near.entries()) {
        assert.ok(one.similarity <= (near[i - 1]?.similarity ?? 2));
        const exact = similarity(embedding, embeddings[one.frame - 1] as Embedding);
        assert.ok(Math.abs(one.similarity - exact) < 2e-3);
      }
    }
    assert.equal(index.search(queries[0] as Embedding, 900).length, 500);
  });
}

test('usearch finds at least 98 of 100 of the true ten nearest', async (context) => {
  const ground = indexGround(context);
  const index = await ground.open();
  await fill(index, ground, embeddings.length);
  const exact = found(filled(new ExactIndex()));
  const hits = found(index).map((near, i) => {
    const ids = new Set(exact[i]?.map(({ frame }) => frame));
    return near.filter(({ frame }) => ids.has(frame)).length;
  });
  const recall = hits.reduce((sum, n) => sum + n, 0) / (10 * queries.length);
  assert.ok(recall >= 0.98, `recall ${recall}`);
  await index.close();
});

test('frames that come out of order, and vectors that are no embeddings, are mistakes that are told', async (context) => {
  const index = filled(await indexGround(context).open(), 5);
  assert.throws(() => index.add(5 as FrameId, embeddings[5] as Embedding), /was added after/);
  assert.throws(() => index.add(6 as FrameId, new Float32Array(dimensions) as Embedding), /unit/);
  assert.throws(() => index.search(new Float32Array(3) as Embedding, 1), /values/);
});
