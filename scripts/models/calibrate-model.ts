import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bestPrecision, fitCalibration } from './calibrate.ts';
import { Prepared } from './prepared.ts';
import { embed } from './run.ts';

/**
 * `npm run calibrate-model MODEL_JSON FOLDER`: fits the calibration of a model on held-out pictures and writes it into the
 * descriptor. FOLDER is what models/builtin/recipe/prepare.ts made.
 */

const [path, folder] = process.argv.slice(2);
if (path === undefined || folder === undefined) throw new Error('usage: calibrate-model MODEL_JSON FOLDER');

const descriptor = JSON.parse(readFileSync(path, 'utf8'));
const graph = readFileSync(join(dirname(path), descriptor.file));
const prepared = new Prepared(folder);
const samples = await embed(graph, prepared, prepared.held, descriptor.output);
prepared.close();
const calibration = fitCalibration(samples);
writeFileSync(path, `${JSON.stringify({ ...descriptor, calibration }, null, 2)}\n`);

const { precision, recall, f1 } = bestPrecision(samples);
const three = (value: number) => value.toFixed(3);
console.log(
  `${samples.length} held-out pictures; F1 is best at precision ${three(precision)}: ${three(f1)} (recall ${three(recall)})`,
);
