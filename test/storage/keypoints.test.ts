import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FrameId } from '../../src/domain/frame.ts';
import { descriptorBytes, type Keypoints } from '../../src/domain/keypoints.ts';
import { seededRandom } from '../../src/lib/random.ts';
import { openLmdbStore } from '../../src/storage/lmdb/lmdb-store.ts';
import { filed } from '../support/decisions.ts';
import { tempFolder } from '../support/temp.ts';
import { randomEmbedding, spaceOf } from '../support/vectors.ts';

const random = seededRandom(1);
const space = spaceOf(8);
const embedding = () => randomEmbedding(random, space.dimensions);

function points(count: number): Keypoints {
  const positions = Float32Array.from({ length: 2 * count }, () => random.between(0, 480));
  const descriptors = Uint8Array.from({ length: descriptorBytes * count }, () => random.below(256));
  return { positions, descriptors };
}

test('keypoints of known frames are kept, also over a start, and leave with their frame', async (context) => {
  const folder = tempFolder(context);
  const [first, second, unknown] = [1, 2, 3] as FrameId[] as [FrameId, FrameId, FrameId];
  const [one, none] = [points(7), points(0)];
  const store = await openLmdbStore({ folder, space });
  await store.commit([filed(1, embedding(), 1), filed(2, embedding(), 2)]);
  await store.keypoints.put([
    [first, one],
    [second, none],
    [unknown, one],
  ]);
  await store.close();

  const again = await openLmdbStore({ folder, space });
  const known = await again.keypoints.get([first, second, unknown]);
  assert.deepEqual(Array.from(known), [
    [first, one],
    [second, none],
  ]);
  await again.forget([first]);
  assert.equal((await again.keypoints.get([first])).size, 0);
  await again.close();
});

test('the last decision says what is left for keypoints, also after a start', async (context) => {
  const folder = tempFolder(context);
  const store = await openLmdbStore({ folder, space });
  assert.equal((await store.last()).keypointCredit, undefined);
  await store.commit([
    { ...filed(1, embedding(), 1), keypointCredit: 70 },
    { ...filed(2, embedding(), 2), keypointCredit: 7 },
  ]);
  await store.close();
  const again = await openLmdbStore({ folder, space });
  assert.equal((await again.last()).keypointCredit, 7);
  await again.close();
});

test('keypoints are kept for 2,048 frames: those of the oldest go', async (context) => {
  const store = await openLmdbStore({ folder: tempFolder(context), space });
  const [kept, all] = [2_048, 2_060];
  const ids = Array.from({ length: all }, (_, at) => (at + 1) as FrameId);
  await store.commit(ids.map((id) => filed(id, embedding(), id)));
  const one = points(1);
  const describedAt = (from: number, to: number) => ids.slice(from, to).map((id) => [id, one] as const);
  const framesKept = async () => Array.from((await store.keypoints.get(ids)).keys());
  await store.keypoints.put(describedAt(0, kept));
  assert.deepEqual(await framesKept(), ids.slice(0, kept));
  await store.keypoints.put(describedAt(kept, all));
  assert.deepEqual(await framesKept(), ids.slice(all - kept));
  await store.keypoints.put(describedAt(kept, all));
  assert.deepEqual(await framesKept(), ids.slice(all - kept), 'what is there already takes no place');
  await store.close();
});
