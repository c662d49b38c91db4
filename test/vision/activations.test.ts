import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { standIns } from '../../scripts/onnx/stand-ins.ts';
import { sharpDecoder } from '../../src/vision/decode/sharp-decoder.ts';
import { openOnnxEmbedder } from '../../src/vision/embed/onnx-embedder.ts';
import { exposing } from '../../src/vision/models/download/expose-output.ts';
import { downloadable } from '../../src/vision/models/downloadable.ts';
import { findModel } from '../../src/vision/models/registry.ts';
import { writeModel } from '../support/models.ts';
import { drawPictures } from '../support/pictures.ts';
import { tempFolder } from '../support/temp.ts';

const script = fileURLToPath(new URL('../../models/builtin/recipe/activations.ts', import.meta.url));

test("a tensor inside a graph says of pictures in a list what it says in the daemon's own way", async (t) => {
  const folder = tempFolder(t);
  const pictures = (await drawPictures(20, 3)).reverse();
  for (const { name, bytes } of pictures) writeFileSync(join(folder, name), bytes);
  const list = join(folder, 'drawn.txt');
  writeFileSync(list, pictures.map(({ name }) => `${name}\n`).join(''));

  const entry = downloadable('resnet50');
  assert.ok(entry);
  const { input, output } = entry;
  const tensor = output.name as string;
  const graph = standIns.resnet50();
  const model = writeModel(join(folder, 'model'), graph, { input, output });
  const out = join(folder, 'activations.f32');
  execFileSync(process.execPath, ['--import', 'tsx', script, model, tensor, folder, list, out]);
  const written = new Float32Array(new Uint8Array(readFileSync(out)).buffer);
  assert.equal(written.length, pictures.length * output.dimensions);

  const withOutput = Buffer.concat([graph, exposing(tensor)]);
  const exposed = findModel(writeModel(join(folder, 'exposed'), withOutput, { input, output }));
  const embedder = await openOnnxEmbedder(exposed, { workers: 1, batchMax: 1 });
  t.after(() => embedder.close());
  const decoder = sharpDecoder({ pixelsMax: 1_000_000 });
  for (const [i, { name, bytes }] of pictures.entries()) {
    const { pixels } = await decoder.decode(bytes, input);
    const embedding = await embedder.embed(pixels);
    const values = written.subarray(i * output.dimensions, (i + 1) * output.dimensions);
    const length = Math.hypot(...values);
    const off = Math.max(...values.map((value, at) => Math.abs(value / length - (embedding[at] as number))));
    assert.ok(off < 1e-6, `${name}: ${off}`);
  }
});
