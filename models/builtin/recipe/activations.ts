/**
 * Writes what a tensor inside a model's graph, such as its last map, says of training pictures, for cells.py to fit on.
 *
 *   tsx activations.ts MODEL_JSON TENSOR PICTURES DRAWN OUT
 *
 * DRAWN is what draw.py printed: files in the folder PICTURES, one a line. They enter as the model's descriptor says, as in
 * the daemon. OUT receives float32 values, picture after picture.
 */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Tensor } from 'onnxruntime-node';
import { run } from '../../../scripts/models/run.ts';
import { sharpDecoder } from '../../../src/vision/decode/sharp-decoder.ts';
import { fill } from '../../../src/vision/embed/tensor.ts';
import { shapeOf } from '../../../src/vision/embed/tensor-binding.ts';
import { loadModel } from '../../../src/vision/models/descriptor.ts';
import { exposing } from '../../../src/vision/models/download/expose-output.ts';

const [modelJson, tensor, folder, list, out] = process.argv.slice(2);
if (!modelJson || !tensor || !folder || !list || !out)
  throw new Error('usage: activations.ts MODEL_JSON TENSOR PICTURES DRAWN OUT');

const { descriptor, path } = loadModel(modelJson);
const { input } = descriptor;
const decoder = sharpDecoder({ pixelsMax: 100_000_000 });
const graph = Buffer.concat([readFileSync(path), exposing(tensor)]);
const pictures = readFileSync(list, 'utf8')
  .trim()
  .split('\n')
  .map((file) => join(folder, file));

writeFileSync(out, '');
await run(graph, pictures, asTheModelWantsThem, (results) => {
  const map = results[tensor]?.data as Float32Array;
  appendFileSync(out, Buffer.from(map.buffer, map.byteOffset, map.byteLength));
});

async function asTheModelWantsThem(some: readonly string[]): Promise<Tensor> {
  const size = input.width * input.height * 3;
  const values = new (input.type === 'uint8' ? Uint8Array : Float32Array)(some.length * size);
  for (const [i, picture] of some.entries()) {
    const { pixels } = await decoder.decode(readFileSync(picture), input);
    fill(values.subarray(i * size, (i + 1) * size), pixels, input);
  }
  return new Tensor(input.type, values, [some.length, ...shapeOf(input)]);
}
