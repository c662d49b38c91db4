import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cosine, type Embedding, similarity } from '../../src/domain/embedding.ts';
import { cellValues } from '../../src/domain/similarity/cells.ts';
import { FatalError } from '../../src/lib/errors.ts';
import { sharpDecoder } from '../../src/vision/decode/sharp-decoder.ts';
import type { Embedder } from '../../src/vision/embed/embedder.ts';
import { openOnnxEmbedder } from '../../src/vision/embed/onnx-embedder.ts';
import { loadModel } from '../../src/vision/models/descriptor.ts';
import { findModel } from '../../src/vision/models/registry.ts';
import { drawPictures } from '../support/pictures.ts';
import { tempFolder } from '../support/temp.ts';

const model = findModel('builtin');
const pictures = await drawPictures(24, 3);
const decoder = sharpDecoder({ pixelsMax: 1_000_000 });
const decoded = await Promise.all(
  pictures.map(async ({ bytes }) => (await decoder.decode(bytes, model.descriptor.input)).pixels),
);

async function embedAll(options: { workers: number; batchMax: number }): Promise<Embedding[]> {
  const embedder = await openOnnxEmbedder(model, options);
  try {
    return await Promise.all(decoded.map((pixels) => embedder.embed(pixels)));
  } finally {
    await embedder.close();
  }
}

test('embeddings do not depend on batches and workers', async () => {
  const alone = await embedAll({ workers: 1, batchMax: 1 });
  for (const options of [
    { workers: 1, batchMax: 1 },
    { workers: 1, batchMax: 7 },
    { workers: 2, batchMax: 16 },
  ]) {
    const batched = await embedAll(options);
    for (const [i, one] of batched.entries()) {
      assert.ok(cosine(one, alone[i] as Embedding) > 0.99999);
      assert.deepEqual(one.cells, alone[i]?.cells);
      assert.equal(one.cells?.length, 36 * cellValues);
    }
  }
});

test('frames of one place are more similar than frames of two', async () => {
  const embeddings = await embedAll({ workers: 1, batchMax: 8 });
  const near: number[] = [];
  const far: number[] = [];
  for (let a = 0; a < pictures.length; a++)
    for (let b = 0; b < a; b++) {
      const value = similarity(embeddings[a] as Embedding, embeddings[b] as Embedding);
      (pictures[a]?.place === pictures[b]?.place ? near : far).push(value);
    }
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  assert.ok(near.length > 0 && far.length > 0);
  assert.ok(mean(near) > mean(far) + 0.2, `${mean(near)} and ${mean(far)}`);
});

test('closing waits for running calls', async () => {
  const embedder: Embedder = await openOnnxEmbedder(model, { workers: 1, batchMax: 4 });
  const embeddings = decoded.map((pixels) => embedder.embed(pixels));
  await embedder.close();
  assert.equal((await Promise.all(embeddings)).length, decoded.length);
});

function copyOfModel(context: TestContext) {
  const folder = tempFolder(context);
  const descriptor = join(folder, 'model.json');
  for (const path of [model.path, fileURLToPath(new URL('model.json', `file://${model.path}`))])
    cpSync(path, join(folder, path.endsWith('.json') ? 'model.json' : model.descriptor.file));
  const change = (edit: (content: ReturnType<typeof JSON.parse>) => void) => {
    const content = JSON.parse(readFileSync(descriptor, 'utf8'));
    edit(content);
    writeFileSync(descriptor, JSON.stringify(content));
  };
  return { folder, descriptor, onnx: join(folder, model.descriptor.file), change };
}

function refuses(load: () => unknown, words: RegExp): void {
  assert.throws(load, (error: unknown) => {
    assert.ok(error instanceof FatalError && error.hint && error.exitCode === 78, `${error}`);
    assert.match(error.message, words);
    return true;
  });
}

test('a model by its path is the same as by its name', (context) => {
  const { descriptor } = copyOfModel(context);
  assert.equal(findModel(descriptor).space.id, model.space.id);
});

test('other preprocessing makes another space', (context) => {
  const { descriptor, change } = copyOfModel(context);
  change((content) => {
    content.input.resize.kernel = 'nearest';
  });
  assert.notEqual(loadModel(descriptor).space.id, model.space.id);
});

test('a missing, altered or wrongly described model is refused with a reason', (context) => {
  const { descriptor, onnx, change } = copyOfModel(context);
  const bytes = readFileSync(onnx);
  writeFileSync(onnx, Buffer.concat([bytes, Buffer.from('x')]));
  refuses(() => loadModel(descriptor), /expected \d+ bytes with sha256/);
  rmSync(onnx);
  refuses(() => loadModel(descriptor), /ENOENT/);
  writeFileSync(onnx, bytes);
  change((content) => {
    content.input.layout = 'NHCW';
  });
  refuses(() => loadModel(descriptor), /layout/);
  writeFileSync(descriptor, '{');
  refuses(() => loadModel(descriptor), /JSON/);
  refuses(() => findModel('nonesuch'), /find the model nonesuch/);
});

test('a file that is no ONNX model is refused at opening, and the message names the file', async (context) => {
  const { descriptor, onnx } = copyOfModel(context);
  const found = loadModel(descriptor);
  writeFileSync(onnx, 'no model');
  await assert.rejects(openOnnxEmbedder(found, { workers: 1, batchMax: 1 }), (error: unknown) => {
    assert.ok(error instanceof FatalError && error.message.includes(onnx));
    return true;
  });
});
