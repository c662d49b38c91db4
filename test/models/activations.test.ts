import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import heldOutSources from '../../models/builtin/recipe/held-out.json' with { type: 'json' };
import { drawn, isHeldOut, listPictures } from '../../scripts/models/pictures.ts';
import { standIns } from '../../scripts/onnx/stand-ins.ts';
import { sharpDecoder } from '../../src/decode/sharp-decoder.ts';
import { downloadable } from '../../src/embed/manifest.ts';
import { findModel } from '../../src/embed/models.ts';
import { openOnnxEmbedder } from '../../src/embed/onnx-embedder.ts';
import { exposing } from '../../src/pull/expose.ts';
import { writeModel } from '../support/models.ts';
import { drawPictures } from '../support/pictures.ts';
import { tempFolder } from '../support/temp.ts';

/** What is inside a graph, for fitting on training pictures. */

const script = fileURLToPath(new URL('../../models/builtin/recipe/activations.ts', import.meta.url));

test('of each source so many at the most, of all so many, and the same ones each time', () => {
  const pictures = Array.from({ length: 100 }, (_, i) => ({
    i,
    source: i < 80 ? 'large' : `small ${i % 5}`,
  }));
  const few = drawn(pictures, { ofSourceMax: 10, picturesMax: 25 });
  assert.equal(few.length, 25);
  assert.equal(new Set(few).size, 25);
  assert.ok(few.filter(({ source }) => source === 'large').length <= 10);
  assert.deepEqual(drawn(pictures, { ofSourceMax: 10, picturesMax: 25 }), few);
  assert.equal(drawn(pictures, { ofSourceMax: 10, picturesMax: 100 }).length, 10 + 5 * 4);
});

test("a tensor inside a graph says of training pictures what it says in the daemon's own way", async (t) => {
  const folder = tempFolder(t);
  const manifest = join(folder, 'groups.csv');
  const sources = ['here', 'there', heldOutSources[0], 'here'];
  writeFileSync(manifest, `group,source_repo\n${sources.map((source, i) => `g-${i},${source}\n`).join('')}`);
  const pictures = await drawPictures(sources.length, 3);
  for (const [i, { bytes }] of pictures.entries()) {
    mkdirSync(join(folder, `g-${i}`));
    writeFileSync(join(folder, `g-${i}`, '00.webp'), bytes);
  }

  const entry = downloadable('resnet50');
  assert.ok(entry);
  const { input, output } = entry;
  const tensor = output.name as string;
  const plain = writeModel(join(folder, 'plain'), standIns.resnet50(), { input, output });
  const out = join(folder, 'activations.f32');
  execFileSync(process.execPath, ['--import', 'tsx', script, plain, tensor, folder, manifest, out]);
  const { buffer } = new Uint8Array(readFileSync(out));
  const written = new Float32Array(buffer);

  const graph = Buffer.concat([standIns.resnet50(), exposing(tensor)]);
  const exposed = writeModel(join(folder, 'exposed'), graph, { input, output });
  const embedder = await openOnnxEmbedder(findModel(exposed), { workers: 1, batchMax: 1 });
  t.after(() => embedder.close());
  const decoder = sharpDecoder({ pixelsMax: 1_000_000 });
  const fitted = drawn(
    listPictures(folder, manifest).filter((picture) => !isHeldOut(picture)),
    { ofSourceMax: 150, picturesMax: 4_000 },
  );
  assert.deepEqual(fitted.map(({ group }) => group).sort(), ['g-0', 'g-1', 'g-3']);
  assert.equal(written.length, fitted.length * output.dimensions);
  for (const [i, { file }] of fitted.entries()) {
    const { pixels } = await decoder.decode(readFileSync(join(folder, file)), input);
    const values = written.subarray(i * output.dimensions, (i + 1) * output.dimensions);
    const length = Math.hypot(...values);
    const embedding = await embedder.embed(pixels);
    for (const [at, value] of values.entries())
      assert.ok(Math.abs(value / length - (embedding[at] as number)) < 1e-6, `${file}, value ${at}`);
  }
});
