import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import type { FrameId } from '../../src/domain/frame.ts';
import { TransientError } from '../../src/lib/errors.ts';
import type { BlobTable } from '../../src/storage/store.ts';
import {
  embeddings,
  fill,
  found,
  framesOf,
  indexGround,
  smallLayout,
  space,
} from '../support/vector-index.ts';

const sealed = Math.floor(embeddings.length / smallLayout.sealFrames) * smallLayout.sealFrames;

test('what was saved is opened again without adding it, and finds the same', async (context) => {
  const ground = await indexGround(context);
  const first = await ground.open();
  await fill(first, ground, embeddings.length);
  const expected = await found(first);
  await first.close();
  const second = await ground.open();
  assert.deepEqual([second.loaded, second.size], [sealed, embeddings.length]);
  assert.deepEqual(await found(second), expected);
  await second.close();
});

test('neighbours depend on the order of arrival alone: not on restarts, nor on how far the merging was', async (context) => {
  const calm = await indexGround(context);
  const index = await calm.open();
  await fill(index, calm, embeddings.length);
  await index.flush();
  const expected = await found(index);
  await index.close();
  for (const stops of [
    [300, 700],
    [64, 65, 320, 512, 640, 704],
  ]) {
    const ground = await indexGround(context);
    for (const stop of [...stops, embeddings.length]) {
      const reopened = await ground.open();
      await fill(reopened, ground, stop);
      if (stop === embeddings.length) assert.deepEqual(await found(reopened), expected);
      await reopened.close();
    }
  }
});

test('few segments are searched, and each frame was written three times at most', async (context) => {
  const ground = await indexGround(context);
  const index = await ground.open();
  await fill(index, ground, embeddings.length);
  assert.ok(index.segments <= 8, `${index.segments} segments`);
  await index.close();
  const written = ground.segmentFrames();
  assert.ok(written <= 3 * embeddings.length, `${written} frames written`);
});

test('a damaged, shortened or missing part is noticed, and that segment alone built again from the store', async (context) => {
  const ground = await indexGround(context);
  const index = await ground.open();
  await fill(index, ground, embeddings.length);
  await index.flush();
  const expected = await found(index);
  await index.close();
  const damages: Record<string, (bytes: Buffer) => Buffer | undefined> = {
    'one bit': (bytes) => bytes.fill((bytes[1_000] as number) ^ 1, 1_000, 1_001),
    'the first byte': (bytes) => bytes.fill(0xff, 0, 1),
    'the end': (bytes) => bytes.subarray(0, bytes.length - 1),
    everything: () => undefined,
  };
  for (const [what, damage] of Object.entries(damages)) {
    const manifests = await ground.manifests();
    const [key] = (await ground.store.segments.keys('index/')).filter(
      (one) => one.includes('/2-0/') && one.endsWith('/0'),
    );
    assert.ok(key, what);
    const damaged = damage(Buffer.from((await ground.store.segments.get(key)) ?? ''));
    if (damaged === undefined) await ground.store.segments.delete([key]);
    else await ground.store.segments.put(key, damaged);
    const again = await ground.open();
    assert.equal(again.size, embeddings.length, what);
    assert.deepEqual(await found(again), expected, what);
    const changed = (await ground.manifests()).filter((text) => !manifests.includes(text));
    assert.equal(changed.length, 1, what);
    await again.close();
  }
});

test('when it is not known what was saved, all is built again', async (context) => {
  const ground = await indexGround(context);
  const index = await ground.open();
  await fill(index, ground, 500);
  await index.close();
  await ground.store.segments.delete(
    (await ground.store.segments.keys('index/')).filter((key) => key.endsWith('manifest')),
  );
  const again = await ground.open();
  assert.deepEqual([again.loaded, again.size], [0, 500]);
  await again.close();
});

test('a save that was cut short leaves the one before it, and no rubbish', async (context) => {
  const ground = await indexGround(context);
  const first = await ground.open();
  await fill(first, ground, 500);
  await first.close();
  const keys = await ground.store.segments.keys('');
  const untrackedFile = (keys.find((key) => key.startsWith('index/')) ?? '').replace(/[^/]+\/[^/]+$/, '');
  await ground.store.segments.put(
    `${untrackedFile}0-99/1/0`,
    Buffer.from('written, but no manifest names it'),
  );
  await (await ground.open()).close();
  assert.deepEqual(await ground.store.segments.keys(''), keys);
});

test('segments of two spaces lie side by side, and neither is taken for the other', async (context) => {
  const ground = await indexGround(context);
  const other = { ...space, id: 'another@1' };
  const [one, two] = [await ground.open(), await ground.open(other)];
  await fill(one, ground, 500);
  await fill(two, ground, 300);
  await one.close();
  await two.close();
  ground.learn(0);
  assert.equal((await ground.open()).loaded, 7 * 64);
  assert.equal((await ground.open(other)).loaded, 4 * 64);
  await ground.segments(other).dropAll();
  assert.equal((await ground.open(other)).loaded, 0);
  assert.equal((await ground.open()).loaded, 7 * 64);
});

test('segments that were made with other settings are not used', async (context) => {
  const ground = await indexGround(context);
  const first = await ground.open();
  await fill(first, ground, 500);
  await first.close();
  const second = await ground.open(space, { ...smallLayout, sealFrames: 32 });
  assert.deepEqual([second.loaded, second.size], [0, 500]);
  await second.close();
});

test('no file is left outside the store', async (context) => {
  const ground = await indexGround(context);
  const index = await ground.open();
  await fill(index, ground, 500);
  await index.close();
  const left = readdirSync(ground.passing, { recursive: true, withFileTypes: true });
  assert.deepEqual(
    left.filter((entry) => entry.isFile()),
    [],
  );
});

test('a segment of which half is forgotten is built again without it', async (context) => {
  const ground = await indexGround(context);
  const index = await ground.open();
  await fill(index, ground, 700);
  await index.flush();
  const gone = framesOf(0, 512).filter(({ frame }) => frame % 8 !== 0);
  ground.forget(gone.map(({ frame }) => frame));
  await index.close();
  const second = await ground.open();
  assert.equal(second.size, 700);
  await second.flush();
  await second.add(framesOf(700, 764));
  for (const { frame } of framesOf(0, 512)) assert.equal(await second.has(frame), frame % 8 === 0);
  await second.close();
  const third = await ground.open();
  assert.ok(!(await third.has(1 as FrameId)) && (await third.has(8 as FrameId)));
  await third.close();
});

test('a segment of which all is forgotten is none', async (context) => {
  const ground = await indexGround(context);
  const index = await ground.open();
  await fill(index, ground, 700);
  await index.flush();
  ground.forget(framesOf(0, 512).map(({ frame }) => frame));
  await index.close();
  for (let times = 0; times < 2; times++) {
    const again = await ground.open();
    await again.flush();
    await again.close();
  }
  const last = await ground.open();
  assert.equal(last.size, 700 - 512);
  assert.equal((await last.search(embeddings[600] as (typeof embeddings)[0], 10)).length, 10);
  await last.close();
});

test('a disk that refuses holds up nobody, and what it refused is saved when it takes it', async (context) => {
  let isFull = true;
  const guard = (blobs: BlobTable): BlobTable => ({
    ...blobs,
    put: async (key, value) => {
      if (isFull) throw new TransientError('the disk is full');
      await blobs.put(key, value);
    },
  });
  const ground = await indexGround(context, guard);
  let nowMs = 0;
  const clock = { now: () => nowMs, passed: () => nowMs, sleep: async () => {} };
  const index = await ground.open(space, smallLayout, clock);
  await fill(index, ground, 500);
  assert.deepEqual(await ground.store.segments.keys('index/'), []);
  isFull = false;
  nowMs = 60_000;
  await fill(index, ground, 600);
  await index.flush();
  await index.close();
  assert.equal((await ground.open()).loaded, 9 * 64);
});
