import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { standIns } from '../../scripts/onnx/stand-ins.ts';
import type { Calibration } from '../../src/domain/calibration.ts';
import type { Embedding } from '../../src/domain/embedding.ts';
import { readByAll } from '../../src/evaluation/embed-pictures.ts';
import type { TruePicture } from '../../src/evaluation/ground-truth.ts';
import { calibrationText } from '../../src/vision/models/calibration-file.ts';
import { findModel } from '../../src/vision/models/registry.ts';
import { runCli } from '../support/cli.ts';
import { writeModel } from '../support/models.ts';
import { drawPictures } from '../support/pictures.ts';
import { tempFolder } from '../support/temp.ts';

/** Tests `framesort compare` from the command line. */

const pictures = await drawPictures(24, 11);
const places = new Set(pictures.map(({ place }) => place)).size;
const methods = [
  'nearest neighbour',
  'centroid',
  'engine',
  'engine, consolidated',
  'average linkage',
  'HDBSCAN',
];

/** The pictures in one sub-folder for each place, and a file that is no picture. */
function film(context: TestContext): string {
  const folder = tempFolder(context);
  for (const { name, place, bytes } of pictures) {
    mkdirSync(join(folder, place), { recursive: true });
    writeFileSync(join(folder, place, name), bytes);
  }
  writeFileSync(join(folder, pictures[0]?.place ?? '', 'notes.txt'), 'no picture');
  return folder;
}

interface Compared {
  readonly name: string;
  readonly pictures: number;
  readonly unreadable: number;
  readonly meanAveragePrecision?: number;
  readonly methods: readonly {
    readonly name: string;
    readonly from: number;
    readonly groups: number;
    readonly scores?: { readonly bcubed: { readonly f1: number } };
  }[];
}

async function compare(...args: string[]): Promise<Compared[]> {
  const { code, stdout, stderr } = await runCli(['compare', ...args, '--json']);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

test('with ground truth, every embedder and method has metrics', async (context) => {
  const compared = await compare(film(context), '--truth', 'folders', '--embedders', 'classical,histogram');
  assert.deepEqual(
    compared.map(({ name, pictures, unreadable }) => ({ name, pictures, unreadable })),
    ['classical', 'histogram'].map((name) => ({ name, pictures: pictures.length, unreadable: 1 })),
  );
  for (const one of compared) {
    assert.ok((one.meanAveragePrecision ?? 0) > 0.8, `${one.meanAveragePrecision}`);
    assert.deepEqual(
      one.methods.map(({ name }) => name),
      methods,
    );
    const f1 = new Map(one.methods.map(({ name, scores }) => [name, scores?.bcubed.f1 ?? 0]));
    assert.ok(Math.min(...f1.values()) > 0.5);
    // The best threshold on these pictures cannot be worse than a threshold calibrated elsewhere.
    assert.ok((f1.get('nearest neighbour') ?? 0) >= (f1.get('engine') ?? 1) - 0.05);
  }
});

test('without ground truth, groups are counted and methods compared with each other', async (context) => {
  const { code, stdout } = await runCli(['compare', film(context), '--embedders', 'classical']);
  assert.equal(code, 0);
  for (const method of methods)
    assert.match(stdout, new RegExp(`^[a-f]  classical  ${method} +0\\.\\d{3} +\\d+ `, 'm'));
  assert.match(stdout, /^a {2}1\.00/m);
  assert.match(stdout, /24 pictures that every embedder read, 1 files left out\n {2}.*notes\.txt: /);
});

test('an embedder without calibration takes its threshold from the ground truth, and needs a configured one without', async (context) => {
  const input = {
    layout: 'NCHW' as const,
    type: 'float32' as const,
    width: 224,
    height: 224,
    resize: { mode: 'fill' as const, kernel: 'linear' as const },
  };
  const output = { dimensions: 1000, normalised: false };
  const model = writeModel(tempFolder(context), standIns.mobilenetv2(), { input, output });
  const folder = film(context);
  const [compared] = await compare(folder, '--truth', 'folders', '--embedders', model);
  const [nearest, , engine] = compared?.methods ?? [];
  assert.equal(engine?.from, nearest?.from);
  const refused = await runCli(['compare', folder, '--embedders', model]);
  assert.equal(refused.code, 78);
  assert.match(refused.stderr, /no calibration[\s\S]*grouping\.joinSimilarity/);
  assert.ok(places > 1);
});

test('a configured calibration applies to its own model, and other models use theirs', async (context) => {
  const folder = tempFolder(context);
  const { space, calibration } = findModel('builtin');
  const file = join(folder, 'mine.json');
  writeFileSync(file, calibrationText(space.id, calibration as Calibration));
  const args = ['compare', film(context), '--embedders', 'builtin,histogram'];
  const env = { FRAMESORT_GROUPING_CALIBRATION: file };
  const { code, stdout, stderr } = await runCli([...args, '--json'], { env });
  assert.equal(code, 0, stderr);
  const told = JSON.parse(stdout) as { name: string; calibration: string }[];
  assert.deepEqual(
    told.map(({ name, calibration: whose }) => [name, whose]),
    [
      ['builtin', 'configured'],
      ['histogram', 'its own'],
    ],
  );
  assert.match((await runCli(args, { env })).stdout, /grouping\.calibration is used for builtin alone/);
});

test('a file unreadable for one embedder is left out for all', () => {
  const embedding = (value: number) => new Float32Array([value]) as Embedding;
  const pictures = ['a', 'b', 'c'].map((path, sequence) => ({ path, group: path, sequence }));
  const [a, b, c] = pictures as [TruePicture, TruePicture, TruePicture];
  const message = 'it took too long';
  const { equal, leftOut } = readByAll([
    { pictures: [a, c], embeddings: [embedding(1), embedding(3)], unreadable: [{ path: 'b', message }] },
    { pictures: [b, c], embeddings: [embedding(20), embedding(30)], unreadable: [{ path: 'a', message }] },
  ]);
  assert.deepEqual(
    equal.map((one) => [one.pictures, one.embeddings]),
    [
      [[c], [embedding(3)]],
      [[c], [embedding(30)]],
    ],
  );
  assert.deepEqual(leftOut.map(({ path }) => path).sort(), ['a', 'b']);
});
