import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { loadConfig } from '../../src/config/load.ts';
import { FrameError } from '../../src/domain/frame-error.ts';
import type { Embedder } from '../../src/vision/embed/embedder.ts';
import { openExtractor } from '../../src/vision/open.ts';
import { sha256 } from '../support/folders.ts';
import { drawPictures } from '../support/pictures.ts';

const { config } = loadConfig({ flags: { 'embed.workers': 1 }, environment: {} });
const extractor = await openExtractor(config);
after(() => extractor.close());
const [{ bytes } = assert.fail('no picture was drawn')] = await drawPictures(1, 23);
const file = { bytes, name: 'IMG_20240131_120102.jpg', mtimeMs: 0 };

test('features of a picture are its fingerprint, its capture time and its embedding, in this order', async () => {
  const steps: string[] = [];
  const features = await extractor.extract(file, (step) => void steps.push(step));
  assert.deepEqual(steps, ['fingerprinted', 'decoded', 'embedded']);
  assert.equal(features.fingerprint, sha256(bytes));
  assert.equal(features.captured.origin, 'name');
  assert.deepEqual(features.embedding, await extractor.embed(bytes));
});

test('a file that is no picture throws a FrameError, after its fingerprint is known', async () => {
  const steps: string[] = [];
  const broken = { ...file, bytes: bytes.subarray(0, 200) };
  await assert.rejects(
    extractor.extract(broken, (step) => void steps.push(step)),
    FrameError,
  );
  assert.deepEqual(steps, ['fingerprinted']);
});

test('other pixels than those of the model come from the same decoder', async () => {
  const spec = { width: 64, height: 64, resize: { mode: 'inside', kernel: 'cubic' } } as const;
  const { width, height, data } = await extractor.pixels(bytes, spec);
  assert.equal(Math.max(width, height), 64);
  assert.equal(data.length, width * height * 3);
});

test('after a change of model the next picture is embedded by the new embedder, and the earlier embedder is returned', async () => {
  const { model } = extractor;
  const seen: number[] = [];
  const other: Embedder = {
    space: model.space,
    embed: async (pixels) => {
      seen.push(pixels.data.length);
      return new Float32Array(model.space.dimensions) as Awaited<ReturnType<Embedder['embed']>>;
    },
    close: async () => {},
  };
  const beside = extractor.with(model, other);
  await beside.embed(bytes);
  assert.ok(beside.uses(other) && !extractor.uses(other));
  const earlier = extractor.use(model, other);
  await extractor.extract(file);
  assert.equal(seen.length, 2);
  assert.equal(extractor.use(model, earlier), other);
});
