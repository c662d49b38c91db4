import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { open } from 'lmdb';
import type { FrameId } from '../../src/domain/frame.ts';
import { openLmdbStore, openStoreReader } from '../../src/storage/lmdb/lmdb-store.ts';
import { storeVersion } from '../../src/storage/lmdb/migrations.ts';
import { filed } from '../support/decisions.ts';
import { testFolder } from '../support/folders.ts';
import { contentsOf } from '../support/store-contents.ts';
import { changesOf, embeddingOf, embeddingsOf } from '../support/store-reads.ts';

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

/** The key `placedAs` of the disk is `fileId` in memory. */
const { space, ...held } = JSON.parse(
  readFileSync(fixture('store-1/contents.json'), 'utf8').replaceAll('"placedAs"', '"fileId"'),
);

/**
 * The store of a library of drawn pictures as version 1 wrote it: ten filed, two dragged to a folder of their
 * own, one deleted, one in quarantine. `contents.json` is what version 1 read from it.
 */
test('a store of version 1 opens, holds all it held, and takes more', async (context) => {
  const folder = unpacked(context);
  const store = await openLmdbStore({ folder, space });
  assertHolds(await contentsOf(store), held);
  const [known] = await embeddingsOf(store);
  assert.ok(known);
  await store.commit([filed(11, known.embedding, 3)]);
  await store.close();
  const again = await openLmdbStore({ folder, space });
  assert.equal((await again.counts()).frames, held.counts.frames + 1);
  assert.deepEqual(await embeddingOf(again, 11 as FrameId), known.embedding);
  await again.close();
});

test('a store of version 1 that is only looked into stays as it is', async (context) => {
  const folder = unpacked(context);
  const before = readFileSync(join(folder, 'data.mdb'));
  const reader = openStoreReader(folder);
  assertHolds(await contentsOf(reader), held);
  // It knew nothing of moves.
  assert.deepEqual(await changesOf(reader), []);
  assert.deepEqual(await reader.moves.all(), []);
  assert.deepEqual(await reader.groups.edited(), []);
  await reader.close();
  assert.ok(readFileSync(join(folder, 'data.mdb')).equals(before));
});

test('the index of version 1 is not kept: it is built again', async (context) => {
  const folder = unpacked(context);
  const store = await openLmdbStore({ folder, space });
  assert.deepEqual(await store.segments.keys(''), ['library']);
  await store.close();
});

test('a store that a newer framesort wrote is refused, and says what to do', async (context) => {
  const folder = unpacked(context);
  const root = open({ path: folder, maxDbs: 16 });
  root.openDB<number, string>('meta', {}).putSync('version', storeVersion + 1);
  await root.close();
  const before = readFileSync(join(folder, 'data.mdb'));
  const refused = {
    message: /it has version 3, this framesort knows up to 2/,
    hint: /newer framesort/,
    exitCode: 78,
  };
  await assert.rejects(openLmdbStore({ folder, space }), refused);
  assert.throws(() => openStoreReader(folder), refused);
  assert.ok(readFileSync(join(folder, 'data.mdb')).equals(before));
});

function unpacked(context: TestContext): string {
  const folder = testFolder(context);
  writeFileSync(join(folder, 'data.mdb'), gunzipSync(readFileSync(fixture('store-1/data.mdb.gz'))));
  return folder;
}

/** All that is expected is there and equal; a later version may know more. */
function assertHolds(actual: unknown, expected: unknown, at = 'store'): void {
  if (typeof expected !== 'object' || expected === null) return assert.equal(actual, expected, at);
  assert.ok(typeof actual === 'object' && actual !== null, `${at} is there`);
  for (const [key, value] of Object.entries(expected))
    assertHolds((actual as Record<string, unknown>)[key], value, `${at}.${key}`);
}
