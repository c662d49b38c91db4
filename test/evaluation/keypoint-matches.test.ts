import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import sharp from 'sharp';
import { planFilm } from '../../film/film.ts';
import { renderFrame } from '../../film/renderer.ts';
import type { Embedding } from '../../src/domain/embedding.ts';
import type { Pixels } from '../../src/domain/pixels.ts';
import { SimilarityMatrix } from '../../src/domain/similarity/similarity-matrix.ts';
import { sharedKeypoints } from '../../src/evaluation/replay/keypoint-matches.ts';
import { labelsOf, replay } from '../../src/evaluation/replay/replay.ts';
import type { FileSystem } from '../../src/lib/fs/file-system.ts';
import { runCli } from '../support/cli.ts';
import { testFolder } from '../support/folders.ts';

const size = { width: 320, height: 240 };
const { frames } = planFilm({ frames: 12, seed: 4 });

async function truthIn(context: TestContext): Promise<string> {
  const truth = join(testFolder(context), 'truth');
  for (const frame of frames) {
    mkdirSync(join(truth, frame.place), { recursive: true });
    const drawn = sharp(renderFrame(frame, size), { raw: { ...size, channels: 3 } });
    writeFileSync(join(truth, frame.place, `${frame.index}.jpg`), await drawn.jpeg().toBuffer());
  }
  return truth;
}

test('compare shows keypoints beside embedders, in the ways that need no vectors', async (context) => {
  const args = [
    'compare',
    await truthIn(context),
    '--truth',
    'folders',
    '--embedders',
    'histogram,keypoints',
  ];
  const { code, stdout, stderr } = await runCli([...args, '--json']);
  assert.equal(code, 0, stderr);
  const [histogram, keypoints] = JSON.parse(stdout);
  assert.deepEqual([histogram.name, keypoints.name, keypoints.pictures], ['histogram', 'keypoints', 12]);
  const names = keypoints.methods.map((one: { name: string }) => one.name);
  assert.deepEqual(names, ['nearest neighbour', 'average linkage', 'HDBSCAN']);
  assert.ok(keypoints.meanAveragePrecision > 0.8, `mAP ${keypoints.meanAveragePrecision}`);
  const page = await runCli([...args, '--html', join(testFolder(context), 'page.html')]);
  assert.equal(page.code, 2);
  assert.match(page.stderr, /keypoints have no vectors/);
});

test('elements without a given pair have similarity 0', () => {
  const near = SimilarityMatrix.ofPairs(3, [{ one: 2, other: 0, similarity: 0.4 }]);
  assert.deepEqual(
    [0, 1, 2].map((at) => Array.from(near.row(at))),
    [
      [1, 0, 0.4],
      [0, 1, 0],
      [0.4, 0, 1],
    ],
  );
});

test('a failing picture or thread is no evidence, is reported once, and does not block', async () => {
  const pictures = ['good', 'gone', 'other'].map((path) => ({ path, group: 'all', sequence: 0 }));
  const failures: string[] = [];
  const shared = sharedKeypoints(pictures, {
    files: {
      read: async (path: string) => {
        if (path === 'gone') throw new Error('no such file');
        return { bytes: Buffer.from(path) };
      },
    } as unknown as FileSystem,
    extractor: { pixels: async () => ({}) as Pixels },
    reader: {
      describe: async () => ({ positions: new Float32Array(), descriptors: new Uint8Array() }),
      inliers: async () => Promise.reject(new Error('the thread ended')),
    },
    onFailure: (path, error) => failures.push(`${path}: ${(error as Error).message}`),
  });
  assert.deepEqual([await shared(0, 1), await shared(1, 2), await shared(0, 2)], [0, 0, 0]);
  assert.deepEqual(failures, ['gone: no such file', 'good: the thread ended']);
});

test('a replay uses keypoints if asked, and works without', async () => {
  const thresholds = { join: 0.8, pairs: { slope: 20, centre: 0.6 }, probabilityAt: () => 0.5 };
  const embeddings = [
    [1, 0],
    [0.78, Math.sqrt(1 - 0.78 ** 2)],
  ].map((one) => Float32Array.from(one) as Embedding);
  const captured = { ms: 0, origin: 'mtime' } as const;
  const arrivals = [0, 1].map((picture) => ({ picture, captured: { ...captured, ms: picture * 1e9 } }));
  const options = { thresholds, neighboursMax: 8 };
  assert.deepEqual(labelsOf(await replay(arrivals, embeddings, options)), [1, 2]);
  const asked: number[][] = [];
  const inliersOf = async (picture: number, other: number) => asked.push([picture, other]) * 30;
  assert.deepEqual(labelsOf(await replay(arrivals, embeddings, options, inliersOf)), [1, 1]);
  assert.deepEqual(asked, [[1, 0]]);
  assert.deepEqual(labelsOf(await replay(arrivals, embeddings, options, async () => 0)), [1, 2]);
});
