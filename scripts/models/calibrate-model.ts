import { writeFileSync } from 'node:fs';
import type { Embedding } from '../../src/domain/embedding.ts';
import { openOnnxEmbedder } from '../../src/vision/embed/onnx-embedder.ts';
import { loadModel } from '../../src/vision/models/descriptor.ts';
import { bestPrecision, fitCalibration, type Sample } from './calibrate.ts';
import { Prepared } from './prepared.ts';

/**
 * `npm run calibrate-model MODEL_JSON FOLDER`: fits a model's calibration on held-out pictures and writes it
 * into the descriptor. FOLDER is the output of models/builtin/recipe/prepare.ts, with pictures in the model's
 * input size.
 */

/** Pictures per read. */
const together = 64;

const [path, folder] = process.argv.slice(2);
if (path === undefined || folder === undefined) throw new Error('usage: calibrate-model MODEL_JSON FOLDER');

const model = loadModel(path);
const embedder = await openOnnxEmbedder(model, { workers: 2, batchMax: 16 });
const prepared = new Prepared(folder);
const samples: Sample[] = [];
for (let at = 0; at < prepared.held.length; at += together) {
  const some = prepared.held.slice(at, at + together);
  const embeddings = await Promise.all(prepared.pixels(some).map((pixels) => embedder.embed(pixels)));
  samples.push(...some.map((row, i) => ({ ...row, embedding: embeddings[i] as Embedding })));
}
prepared.close();
await embedder.close();
const calibration = await fitCalibration(samples);
writeFileSync(path, `${JSON.stringify({ ...model.descriptor, calibration }, null, 2)}\n`);

const { precision, recall, f1 } = bestPrecision(samples);
const three = (value: number) => value.toFixed(3);
console.log(
  `${samples.length} held-out pictures; F1 is best at precision ${three(precision)}: ${three(f1)} (recall ${three(recall)})`,
);
