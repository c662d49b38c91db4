import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Embedding, similarity } from '../../../src/domain/embedding.ts';
import type { FrameId } from '../../../src/domain/frame.ts';
import type { VectorIndex } from '../../../src/storage/vectors/vector-index.ts';
import { embeddings, framesOf, queries } from '../../support/vector-index.ts';

/** Adds the first frames of the test vectors. */
export async function filled<Index extends VectorIndex>(
  index: Index,
  count = embeddings.length,
): Promise<Index> {
  await index.add(framesOf(0, count));
  return index;
}

/** Behaviour of every vector index. */
export function vectorIndexContract(
  name: string,
  open: (context: TestContext) => VectorIndex | Promise<VectorIndex>,
): void {
  test(`${name}: an empty index finds nothing`, async (context) => {
    const index = await open(context);
    assert.deepEqual(await index.search(queries[0] as Embedding, 10), []);
    assert.equal(index.size, 0);
  });

  test(`${name}: neighbours come by falling cosine, the frame itself first, at most as many as asked`, async (context) => {
    const index = await filled(await open(context), 500);
    assert.equal(index.size, 500);
    for (const { frame, embedding } of framesOf(0, 50)) {
      const near = await index.search(embedding, 7);
      assert.equal(near.length, 7);
      assert.equal(near[0]?.frame, frame);
      for (const [i, one] of near.entries()) {
        assert.ok(one.similarity <= (near[i - 1]?.similarity ?? 2));
        const exact = similarity(embedding, embeddings[one.frame - 1] as Embedding);
        assert.ok(Math.abs(one.similarity - exact) < 2e-3);
      }
    }
    assert.equal((await index.search(queries[0] as Embedding, 900)).length, 500);
  });

  test(`${name}: added frames are found before and after the store has them`, async (context) => {
    const index = await filled(await open(context), 20);
    const [query] = framesOf(10, 11);
    assert.equal((await index.search(query?.embedding as Embedding, 1))[0]?.frame, 11 as FrameId);
    await index.onCommitted();
    assert.equal((await index.search(query?.embedding as Embedding, 1))[0]?.frame, 11 as FrameId);
  });
}
