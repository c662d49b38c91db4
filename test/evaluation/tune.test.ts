import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../../src/config/load.ts';
import { probabilityAt, similarityForPrecision } from '../../src/domain/calibration.ts';
import type { Embedding } from '../../src/domain/embedding.ts';
import { type EngineAt, scoresAt, tune } from '../../src/evaluation/calibration/tune.ts';
import type { EmbeddedPictures } from '../../src/evaluation/embed-pictures.ts';
import { sampleGroups } from '../../src/evaluation/sample.ts';
import { thresholdsOf } from '../../src/grouping/thresholds.ts';
import { type Random, seededRandom } from '../../src/lib/random.ts';
import { findModel } from '../../src/vision/models/registry.ts';

const { config } = loadConfig({ flags: {}, environment: { XDG_CONFIG_HOME: '/nowhere' } });
const model = findModel('builtin');
const engineAt: EngineAt = (calibration, joinSimilarity) => ({
  thresholds: thresholdsOf(
    { ...config, grouping: { ...config.grouping, joinSimilarity } },
    { ...model, calibration },
  ),
  neighboursMax: config.grouping.neighboursMax,
});

/** Forty scenes of one to six pictures: random directions, with pictures at distance `spread`. */
function scenes(spread: number, seed = 1): EmbeddedPictures {
  const random = seededRandom(seed);
  const groups = Array.from({ length: 40 }, (_, i) => ({
    group: `scene ${i}`,
    middle: direction(random, 16),
  }));
  const pictures = groups.flatMap(({ group, middle }, i) =>
    Array.from({ length: 1 + (i % 6) }, (_, sequence) => ({ group, sequence, path: '', middle })),
  );
  const embeddings = pictures.map(({ middle }) =>
    unit(middle.map((value) => value + spread * random.between(-1, 1))),
  );
  return { pictures, embeddings, unreadable: [] };
}

test('on new pictures of the same kind the engine reaches the configured precision', async () => {
  const calibration = await tune(scenes(0.25), engineAt);
  for (const strictness of [0.8, 0.9, 0.95]) {
    const join = similarityForPrecision(calibration, strictness);
    for (const { bcubed } of await scoresAt(scenes(0.25, 2), engineAt(calibration, join)))
      assert.ok(bcubed.precision >= strictness - 0.05, `${bcubed.precision} instead of ${strictness}`);
  }
});

test('the calibration rises, and separates equal from different scenes', async () => {
  const calibration = await tune(scenes(0.25), engineAt);
  for (const values of [calibration.similarity, calibration.probability, calibration.precision])
    assert.deepEqual(
      values,
      values.toSorted((a, b) => a - b),
    );
  assert.ok(probabilityAt(calibration, 0.2) < 0.1 && probabilityAt(calibration, 0.95) > 0.9);
});

test('separate scenes are found almost completely at high strictness; overlapping scenes are not', async () => {
  const f1At = async (embedded: EmbeddedPictures) => {
    const calibration = await tune(embedded, engineAt);
    const scores = await scoresAt(embedded, engineAt(calibration, similarityForPrecision(calibration, 0.99)));
    return Math.min(...scores.map(({ bcubedOthers }) => bcubedOthers.f1));
  };
  assert.ok((await f1At(scenes(0.05))) > 0.98);
  assert.ok((await f1At(scenes(3))) < 0.3);
});

test('the usual crowding comes from the groups, or from the model if there are too few', async () => {
  const all = scenes(0.25);
  const known = async (crowding?: number) => (await tune(all, engineAt, crowding)).crowding;
  assert.ok(((await known()) ?? 0) > 0);
  assert.equal(await known(0.9), await known());
  const few = ['scene 1', 'scene 2', 'scene 3', 'scene 4', 'scene 5'];
  const kept = [...all.pictures.keys()].filter((at) => few.includes(all.pictures[at]?.group ?? ''));
  const some: EmbeddedPictures = {
    pictures: all.pictures.filter((_, at) => kept.includes(at)),
    embeddings: all.embeddings.filter((_, at) => kept.includes(at)),
    unreadable: [],
  };
  assert.deepEqual(
    [(await tune(some, engineAt)).crowding, (await tune(some, engineAt, 0.3)).crowding],
    [undefined, 0.3],
  );
});

test('the same groups give the same calibration', async () => {
  assert.deepEqual(await tune(scenes(0.4), engineAt), await tune(scenes(0.4), engineAt));
});

test('a sample holds whole groups, in order, and all groups if they fit', () => {
  const { pictures } = scenes(0);
  assert.deepEqual(sampleGroups(pictures, pictures.length), pictures);
  const some = sampleGroups(pictures, 50);
  assert.ok(some.length > 40 && some.length <= 50);
  for (const { group } of some)
    assert.deepEqual(
      some.filter((one) => one.group === group),
      pictures.filter((one) => one.group === group),
    );
});

function direction(random: Random, dimensions: number): number[] {
  return [...unit(Array.from({ length: dimensions }, () => random.between(-1, 1)))];
}

function unit(vector: readonly number[]): Embedding {
  const norm = Math.hypot(...vector);
  return new Float32Array(vector.map((value) => value / norm)) as Embedding;
}
