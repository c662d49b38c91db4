import assert from 'node:assert/strict';
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Embedding } from '../../src/domain/embedding.ts';
import type { FrameId } from '../../src/domain/frame.ts';
import { seededRandom } from '../../src/lib/random.ts';
import { openLmdbStore, openStoreReader } from '../../src/storage/lmdb/lmdb-store.ts';
import { findModel } from '../../src/vision/models/registry.ts';
import { filed } from '../support/decisions.ts';
import { testFolder } from '../support/folders.ts';
import { embeddingOf, embeddingsOf } from '../support/store-reads.ts';
import { randomEmbedding } from '../support/vectors.ts';

const { space } = findModel('builtin');
const pageBytes = 4_096;
/** Where LMDB's two meta pages have the number of the last page, and of their transaction. */
const [lastPage, transaction] = [144, 152];

/** The file of a closed store with this many frames. */
async function storeOf(context: TestContext, frames: number) {
  const folder = testFolder(context);
  const store = await openLmdbStore({ folder, space });
  const random = seededRandom(1);
  const embedding = () => randomEmbedding(random, space.dimensions);
  await store.commit(Array.from({ length: frames }, (_, at) => filed(at + 1, embedding(), at + 1)));
  await store.close();
  return { folder, file: join(folder, 'data.mdb') };
}

/** As if a transaction had taken pages at the end and given them back. */
function countPages(file: string, more: number): void {
  const bytes = readFileSync(file);
  for (const at of [0, pageBytes])
    bytes.writeBigUInt64LE(bytes.readBigUInt64LE(at + lastPage) + BigInt(more), at + lastPage);
  assert.ok(bytes.readBigUInt64LE(transaction) > 0n);
  writeFileSync(file, bytes);
}

test('a store that counts pages which were never written is whole', async (context) => {
  const { folder, file } = await storeOf(context, 40);
  countPages(file, 3);
  const reader = openStoreReader(folder);
  assert.equal((await reader.counts()).frames, 40);
  await reader.close();
  const store = await openLmdbStore({ folder, space });
  await store.commit([filed(41, (await embeddingOf(store, 1 as FrameId)) as Embedding, 41)]);
  assert.equal((await embeddingsOf(store)).length, 41);
  await store.close();
});

test('a store of which half is gone, or all, or that is something else, is refused, and says what to do', async (context) => {
  const damages: readonly (readonly [RegExp, (file: string) => void])[] = [
    [
      /its data file was cut to \d+ of \d+ bytes/,
      (file) => truncateSync(file, readFileSync(file).length / 2),
    ],
    [/its data file is no LMDB file \(4 bytes\)/, (file) => writeFileSync(file, 'oops')],
    [/its data file is missing/, (file) => rmSync(file)],
  ];
  for (const [message, damage] of damages) {
    const { folder, file } = await storeOf(context, 400);
    damage(file);
    const refused = { message, hint: /backup/, exitCode: 1 };
    await assert.rejects(openLmdbStore({ folder, space }), refused);
    assert.throws(() => openStoreReader(folder), refused);
  }
});
