import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { seededRandom } from '../../src/lib/random.ts';
import { fitCalibration } from './calibrate.ts';
import * as classical from './classical.ts';
import * as histogram from './histogram.ts';
import { Prepared, type Row } from './prepared.ts';
import { bytesOf, embed, run } from './run.ts';

/**
 * `npm run make-models FOLDER`: writes models/classical and models/histogram. FOLDER is the output of
 * models/builtin/recipe/prepare.ts for pictures with known groups.
 */

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: make-models FOLDER');

const picturesForMeans = 4_000;

const prepared = new Prepared(folder);
const means = await meansOf(
  seededRandom(5)
    .shuffled([...prepared.others])
    .slice(0, picturesForMeans),
);
await make('classical', 'classical-1', classical.classicalGraph(means), classical.dimensions);
await make('histogram', 'hsv-8x8x8', histogram.histogramGraph(), histogram.dimensions);
prepared.close();

/** The mean of each centred part. */
async function meansOf(rows: readonly Row[]): Promise<classical.Means> {
  const centred = ['colour', 'gradients4', 'gradients8'] as const;
  const sums = new Map(centred.map((name) => [name, new Float64Array(classical.parts[name].length)]));
  await run(classical.partsGraph(), rows, bytesOf(prepared), (results) => {
    for (const [name, sum] of sums) add(sum, results[name]?.data as Float32Array);
  });
  return Object.fromEntries(
    Array.from(sums, ([name, sum]) => [name, Float32Array.from(sum, (x) => x / rows.length)]),
  );
}

/** Adds consecutive rows. */
function add(sum: Float64Array, rows: Float32Array): void {
  for (const [i, value] of rows.entries()) sum[i % sum.length] = (sum[i % sum.length] as number) + value;
}

async function make(name: string, version: string, graph: Uint8Array, dimensions: number): Promise<void> {
  const target = new URL(`../../models/${name}/`, import.meta.url);
  mkdirSync(target, { recursive: true });
  const descriptor = {
    name,
    version,
    file: 'model.onnx',
    bytes: graph.length,
    sha256: createHash('sha256').update(graph).digest('hex'),
    license: 'MIT',
    input: {
      name: 'image',
      layout: 'NHWC',
      type: 'uint8',
      width: prepared.side,
      height: prepared.side,
      resize: { mode: 'fill', kernel: 'lanczos3' },
    },
    output: { name: 'embedding', dimensions, normalised: true },
    calibration: await fitCalibration(
      await embed(graph, prepared, prepared.held, { dimensions, normalised: true }),
    ),
  };
  writeFileSync(new URL('model.onnx', target), graph);
  writeFileSync(new URL('model.json', target), `${JSON.stringify(descriptor, null, 2)}\n`);
}
