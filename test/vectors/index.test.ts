import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Embedding, similarity } from '../../src/domain/embedding.ts';
import type { FrameId } from '../../src/domain/frame.ts';
import { openLmdbStore } from '../../src/store/lmdb-store.ts';
import { ExactIndex } from '../../src/vectors/exact-index.ts';
import { segmentStore } from '../../src/vectors/segment-store.ts';
import { openUsearchIndex } from '../../src/vectors/usearch-index.ts';
import type { VectorIndex } from '../../src/vectors/vector-index.ts';
import { testFolder } from '../support/folders.ts';
import { clusteredEmbeddings, spaceOf } from '../support/vectors.ts';

const dimensions = 32;
const space = spaceOf(dimensions);
const embeddings = clusteredEmbeddings(3_000, { dimensions });
const queries = clusteredEmbeddings(200, { dimensions, seed: 1 }).map((one, i) => embeddings[i * 7] ?? one);

const frames = (from: number, to: number) =>
  embeddings.slice(from, to).map((embedding, i) => ({ frame: (from + i + 1) as FrameId, embedding }));

/** Real LMDB for the segments; the source stands for the store's embeddings. */
function open(context: TestContext) {
  const folder = testFolder(context);
  const store = openLmdbStore({ folder: join(folder, 'store'), space });
  context.after(() => store.close());
  let known = 0;
  const source = { embeddings: (after: FrameId) => frames(after, known) };
  const reopen = () => openUsearchIndex(space, segmentStore(store.blobs, join(folder, 'tmp')), source);
  const learn = (count: number) => {
    known = count;
  };
  return { folder, store, reopen, learn };
}

function filled(index: VectorIndex, count = embeddings.length): VectorIndex {
  for (const { frame, embedding } of frames(index.size, count)) index.add(frame, embedding);
  return index;
}

const found = (index: VectorIndex) => queries.map((query) => index.search(query, 10));

for (const name of ['exact', 'usearch'] as const) {
  const opened = (context: TestContext) => (name === 'exact' ? new ExactIndex() : open(context).reopen());

  test(`${name}: an empty index finds nothing`, (context) => {
    assert.deepEqual(opened(context).search(queries[0] as Embedding, 10), []);
  });

  test(`${name}: neighbours come by falling cosine, the frame itself first, no more than asked for`, (context) => {
    const index = filled(opened(context), 500);
    for (const { frame, embedding } of frames(0, 50)) {
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

test('usearch finds at least 98 of 100 of the true ten nearest', (context) => {
  const exact = found(filled(new ExactIndex()));
  const approximate = found(filled(open(context).reopen()));
  const hits = exact.map((near, i) => {
    const ids = new Set(approximate[i]?.map(({ frame }) => frame));
    return near.filter(({ frame }) => ids.has(frame)).length;
  });
  const recall = hits.reduce((sum, n) => sum + n, 0) / (10 * queries.length);
  assert.ok(recall >= 0.98, `recall ${recall}`);
});

test('what was saved is opened again without adding it, and finds the same', (context) => {
  const { reopen, learn } = open(context);
  const first = reopen();
  filled(first);
  first.checkpoint();
  learn(embeddings.length);
  const second = reopen();
  assert.deepEqual([second.restored, second.size, second.unsaved], [embeddings.length, embeddings.length, 0]);
  assert.deepEqual(found(second), found(first));
});

test('what came after the last save is added from the store', (context) => {
  const { reopen, learn } = open(context);
  const first = reopen();
  filled(first, 2_000);
  first.checkpoint();
  learn(2_500);
  const second = reopen();
  assert.deepEqual([second.restored, second.size, second.unsaved], [2_000, 2_500, 500]);
  filled(first, 2_500);
  assert.deepEqual(found(second), found(first));
});

test('a damaged, shortened or missing part is noticed, and the index built again from the store', (context) => {
  const { store, reopen, learn } = open(context);
  const [first] = [reopen()];
  filled(first);
  learn(embeddings.length);
  const expected = found(first);
  const damages: Record<string, (bytes: Buffer) => Buffer | undefined> = {
    'one bit': (bytes) => bytes.fill((bytes[1_000] as number) ^ 1, 1_000, 1_001),
    'the first byte': (bytes) => bytes.fill(0xff, 0, 1),
    'the end': (bytes) => bytes.subarray(0, bytes.length - 1),
    everything: () => undefined,
  };
  for (const [what, damage] of Object.entries(damages)) {
    reopen().checkpoint();
    const [key] = store.blobs.keys('chunk/');
    assert.ok(key, what);
    const damaged = damage(Buffer.from(store.blobs.get(key) ?? ''));
    if (damaged === undefined) store.blobs.delete([key]);
    else store.blobs.put(key, damaged);
    const again = reopen();
    assert.deepEqual([again.restored, again.size], [0, embeddings.length], what);
    assert.deepEqual(found(again), expected, what);
    again.checkpoint();
  }
});

test('a save that was cut short leaves the one before it, and no rubbish', (context) => {
  const { store, reopen, learn } = open(context);
  const first = reopen();
  filled(first, 1_000);
  first.checkpoint();
  const keys = [...store.blobs.keys('segment/'), ...store.blobs.keys('chunk/')];
  store.blobs.put('chunk/1/2/0', Buffer.from('written, but no manifest names it'));
  learn(1_000);
  assert.equal(reopen().restored, 1_000);
  assert.deepEqual([...store.blobs.keys('segment/'), ...store.blobs.keys('chunk/')], keys);
});

test('segments of another space or other settings are not used', (context) => {
  const { folder, store, reopen } = open(context);
  filled(reopen(), 100).checkpoint();
  const other = { id: 'another@1', dimensions };
  const empty = { embeddings: () => [] };
  const opened = openUsearchIndex(other, segmentStore(store.blobs, join(folder, 'tmp')), empty);
  assert.equal(opened.size, 0);
});

test('no file is left outside the store', (context) => {
  const { folder, reopen } = open(context);
  filled(reopen(), 100).checkpoint();
  reopen();
  assert.deepEqual(readdirSync(join(folder, 'tmp')), []);
});

test('frames that come out of order, and vectors that are no embeddings, are mistakes that are told', (context) => {
  const index = filled(open(context).reopen(), 5);
  assert.throws(() => index.add(5 as FrameId, embeddings[5] as Embedding), /comes after/);
  assert.throws(() => index.add(6 as FrameId, new Float32Array(dimensions) as Embedding), /unit/);
  assert.throws(() => index.search(new Float32Array(3) as Embedding, 1), /values/);
});
