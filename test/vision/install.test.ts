import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type StandIn, standIns } from '../../scripts/onnx/stand-ins.ts';
import { FatalError } from '../../src/lib/errors.ts';
import { acquireLock } from '../../src/lib/fs/flock.ts';
import { openOnnxEmbedder } from '../../src/vision/embed/onnx-embedder.ts';
import { selfTest, selfTestOnce } from '../../src/vision/embed/self-test.ts';
import { fromFile, type Installing, install } from '../../src/vision/models/download/install.ts';
import { allDownloadable, type Downloadable, downloadable } from '../../src/vision/models/downloadable.ts';
import { findModel } from '../../src/vision/models/registry.ts';
import { writeModel } from '../support/models.ts';
import { tempFolder } from '../support/temp.ts';

/** From a file to a usable model. */

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The manifest entry of a model, with a stand-in for its weights. */
function entryFor(name: StandIn): { entry: Downloadable; graph: Uint8Array } {
  const graph = standIns[name]();
  const entry = downloadable(name);
  assert.ok(entry);
  const source = { ...entry.source, bytes: graph.length, sha256: hashOf(graph) };
  return { graph, entry: { ...entry, source } };
}

function installing(cache: string, graph: Uint8Array): Installing & { fetched: number } {
  const options = {
    cache,
    fetched: 0,
    fetch: async (part: string) => {
      options.fetched++;
      writeFileSync(part, graph);
    },
    selfTest: (model: Parameters<typeof selfTest>[0]) => selfTest(model, openOnnxEmbedder),
  };
  return options;
}

async function refuses(run: () => Promise<unknown>, words: RegExp, exitCode?: number): Promise<void> {
  await assert.rejects(run, (error: unknown) => {
    assert.ok(error instanceof FatalError && error.hint !== undefined, `${error}`);
    assert.match(error.message, words);
    if (exitCode !== undefined) assert.equal(error.exitCode, exitCode);
    return true;
  });
}

test('every model of the manifest has a stand-in', () => {
  assert.deepEqual(
    allDownloadable()
      .map(({ name }) => name)
      .sort(),
    Object.keys(standIns).sort(),
  );
});

for (const name of Object.keys(standIns) as StandIn[])
  test(`${name} is installed, and embeds what its manifest says`, async (context) => {
    const cache = tempFolder(context);
    const { entry, graph } = entryFor(name);
    await install(entry, installing(cache, graph));
    const model = findModel(name, cache);
    assert.equal(model.space.dimensions, entry.output.dimensions);
    assert.equal(model.descriptor.sha256, hashOf(readFileSync(model.path)));
    assert.ok(readFileSync(model.path).subarray(0, graph.length).equals(graph)); // the published bytes, and a tail
    assert.deepEqual(await selfTest(model, openOnnxEmbedder), model.descriptor.probe);
  });

test('an installed model is not downloaded again, a damaged one is', async (context) => {
  const cache = tempFolder(context);
  const { entry, graph } = entryFor('resnet50');
  const options = installing(cache, graph);
  const { path } = await install(entry, options);
  await install(entry, options);
  assert.equal(options.fetched, 1);
  appendFileSync(path, 'x');
  await refuses(async () => findModel('resnet50', cache), /expected \d+ bytes with sha256/);
  await install(entry, options);
  assert.equal(options.fetched, 2);
  assert.ok(findModel('resnet50', cache));
});

test('a model that does not match the manifest is not installed, and the message lists its real outputs', async (context) => {
  const cache = tempFolder(context);
  const { entry } = entryFor('clip-vit-b32-fp16');
  const options = installing(cache, standIns.mobilenetv2());
  await refuses(
    () => install(entry, options),
    /no input pixel_values.* its inputs are input .*its outputs are output/,
  );
  await refuses(async () => findModel(entry.name, cache), /was not downloaded/);
});

test('a model whose results depend on the batch is refused, unless its batch size is 1', async (context) => {
  const cache = tempFolder(context);
  const { entry, graph } = entryFor('dinov2-small');
  const { batchMax, ...careless } = entry;
  assert.equal(batchMax, 1);
  await refuses(() => install(careless, installing(cache, graph)), /depends on the others in the batch/);
  await install(entry, installing(cache, graph));
});

test('while one process installs a model, another fails with a lock message', async (context) => {
  const cache = tempFolder(context);
  const { entry, graph } = entryFor('resnet50');
  const lock = acquireLock(join(cache, 'resnet50'), 'model');
  await refuses(() => install(entry, installing(cache, graph)), /locked by pid/, 75);
  lock.release();
  await install(entry, installing(cache, graph));
});

test('a local file is installed if it equals the published one', async (context) => {
  const cache = tempFolder(context);
  const { entry, graph } = entryFor('resnet50');
  const file = join(tempFolder(context), 'downloaded.onnx');
  const options = { ...installing(cache, graph), fetch: fromFile(file) };
  writeFileSync(file, graph.subarray(1));
  await assert.rejects(install(entry, options), /expected \d+ bytes with sha256 .* found/);
  writeFileSync(file, graph);
  await install(entry, options);
  assert.ok(readFileSync(file).equals(Buffer.from(graph))); // left unchanged
});

test('a changed embedding of the test picture is reported', async (context) => {
  const cache = tempFolder(context);
  const { entry, graph } = entryFor('resnet50');
  const { descriptor, ...rest } = await install(entry, installing(cache, graph));
  const probe = descriptor.probe?.map((value) => value + 0.01) as [number, ...number[]];
  await refuses(
    () => selfTest({ ...rest, descriptor: { ...descriptor, probe } }, openOnnxEmbedder),
    /another embedding/,
  );
});

test('a custom model is tested once, at its first use', async (context) => {
  const cache = tempFolder(context);
  const { entry, graph } = entryFor('dinov2-small');
  const careless = { input: entry.input, output: entry.output };
  const bad = findModel(writeModel(tempFolder(context), graph, careless));
  const first = () => selfTestOnce(bad, cache, openOnnxEmbedder);
  await refuses(first, /depends on the others in the batch/);
  await refuses(first, /depends on the others in the batch/);
  const good = findModel(writeModel(tempFolder(context), graph, { ...careless, batchMax: 1 }));
  await selfTestOnce(good, cache, openOnnxEmbedder);
  assert.equal(readdirSync(join(cache, 'proved')).length, 1);
  const never = () => Promise.reject(new Error('it was tried already'));
  await selfTestOnce(good, cache, never);
  await selfTestOnce(findModel('classical'), cache, never); // built-in models were tested before release
  assert.ok(existsSync(join(cache, 'proved')));
});
