import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { standIns } from '../../scripts/onnx/stand-ins.ts';
import { ended, runCli, startCli, until } from '../support/cli.ts';
import { type Behaviour, FileServer } from '../support/file-server.ts';
import { packageWithModels } from '../support/package-copy.ts';
import { drawPictures } from '../support/pictures.ts';
import { tempFolder } from '../support/temp.ts';

/** Tests `framesort models` from the command line; the network is a loopback server. */

const graph = Buffer.from(standIns.resnet50());
const names = [
  'builtin',
  'classical',
  'histogram',
  'resnet50',
  'clip-vit-b32',
  'dinov2-small',
  'mobilenetv2',
];

function sourceOf(bytes: Buffer) {
  return { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** The program with a stand-in for the published ResNet-50, its own cache, and a server. */
async function setUp(context: TestContext, behaviours: readonly Behaviour[], content = graph) {
  const program = packageWithModels(context, (models) =>
    models.map((one) =>
      one.name === 'resnet50' ? { ...one, source: { ...(one.source as object), ...sourceOf(graph) } } : one,
    ),
  );
  const server = await new FileServer(content, behaviours).open(context);
  const cache = tempFolder(context);
  const env = { XDG_CACHE_HOME: cache, HF_ENDPOINT: server.address };
  const folder = join(cache, 'framesort', 'models', 'resnet50');
  const run = (...args: string[]) => runCli(args, { program, env });
  const partBytes = () =>
    existsSync(folder)
      ? Math.max(
          0,
          ...readdirSync(folder)
            .filter(isPart)
            .map((name) => statSync(join(folder, name)).size),
        )
      : 0;
  return { program, server, env, folder, run, partBytes };
}

function isPart(name: string): boolean {
  return name.endsWith('.part');
}

async function inboxOf(context: TestContext): Promise<{ inbox: string; library: string }> {
  const folder = tempFolder(context);
  const inbox = join(folder, 'inbox');
  mkdirSync(inbox);
  for (const { name, bytes } of await drawPictures(4)) writeFileSync(join(inbox, name), bytes);
  return { inbox, library: join(folder, 'library') };
}

test('models list shows all models with size, licence, dimensions, hash, and whether they are installed', async (context) => {
  const { run } = await setUp(context, []);
  const { stdout, code } = await run('models', 'list');
  assert.equal(code, 0);
  for (const name of names) assert.match(stdout, new RegExp(`^${name} .* [0-9a-f]{64}$`, 'm'));
  const listed = JSON.parse((await run('models', 'list', '--json')).stdout);
  const resnet = listed.find((one: { name: string }) => one.name === 'resnet50');
  const { sha256 } = sourceOf(graph);
  assert.deepEqual(resnet, {
    name: 'resnet50',
    version: 'resnet50-v2-7',
    from: 'download',
    here: false,
    bytes: graph.length,
    dimensions: 2048,
    license: 'Apache-2.0',
    calibrated: false,
    sha256,
  });
});

test('a pull interrupted twice ends with a verified, working model', async (context) => {
  const cut = (at: number) => ({ cutAfter: 20_000, once: () => setup.partBytes() >= at });
  const setup = await setUp(context, [cut(20_000), cut(40_000), 'good']);
  const pulled = await setup.run('models', 'pull', 'resnet50');
  assert.equal(pulled.code, 0, pulled.stderr);
  assert.deepEqual(
    setup.server.asked.map(({ range }) => range),
    [undefined, 'bytes=20000-', 'bytes=40000-'],
  );
  assert.match((await setup.run('models', 'list')).stdout, /^resnet50 +resnet50-v2-7 +yes/m);
  assert.match((await setup.run('models', 'verify')).stdout, /^resnet50: whole, and works$/m);
  const { inbox, library } = await inboxOf(context);
  const sort = () => setup.run('sort', inbox, library, '--model', 'resnet50');
  const uncalibrated = await sort();
  assert.equal(uncalibrated.code, 78);
  assert.match(uncalibrated.stderr, /no calibration[\s\S]*grouping\.joinSimilarity/);
  Object.assign(setup.env, { FRAMESORT_GROUPING_JOIN_SIMILARITY: '0.9' });
  const sorted = await sort();
  assert.equal(sorted.code, 0, sorted.stderr);
  assert.deepEqual(readdirSync(inbox), []);
});

test('wrong bytes of the right length are never used', async (context) => {
  const wrong = Buffer.from(graph);
  wrong.writeUInt8(wrong.readUInt8(5000) ^ 1, 5000);
  const { run, folder } = await setUp(context, ['good'], wrong);
  const pulled = await run('models', 'pull', 'resnet50');
  assert.equal(pulled.code, 1);
  assert.match(pulled.stderr, /sha256 [0-9a-f]{64}, not [0-9a-f]{64}/);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name !== 'lock'),
    [],
  );
  const { inbox, library } = await inboxOf(context);
  const sorted = await run('sort', inbox, library, '--model', 'resnet50');
  assert.equal(sorted.code, 78);
  assert.match(sorted.stderr, /framesort models pull resnet50/);
  assert.equal(readdirSync(inbox).length, 4);
});

test('a killed pull is resumed by the next', async (context) => {
  const { program, server, env, run, partBytes } = await setUp(context, [
    { cutAfter: 30_000, once: () => false },
    'good',
  ]);
  const child = startCli(['models', 'pull', 'resnet50'], { program, env });
  const end = ended(child);
  await until(() => partBytes() === 30_000, 'a part of it came');
  assert.equal((await run('models', 'pull', 'resnet50')).code, 75); // the first process holds the lock
  child.kill('SIGKILL');
  await end;
  assert.equal((await run('models', 'pull', 'resnet50')).code, 0);
  assert.deepEqual(
    server.asked.map(({ range }) => range),
    [undefined, 'bytes=30000-'],
  );
});

test('an interrupted pull says that it can be resumed', async (context) => {
  const { program, env, partBytes } = await setUp(context, [{ cutAfter: 30_000, once: () => false }]);
  const child = startCli(['models', 'pull', 'resnet50'], { program, env });
  const end = ended(child);
  await until(() => partBytes() === 30_000, 'a part of it came');
  child.kill('SIGINT');
  const { code, stderr } = await end;
  assert.equal(code, 75);
  assert.match(stderr, /stopped\n +Received bytes are kept/);
});

test('offline, no request is sent; a local file suffices', async (context) => {
  const { run, server, env } = await setUp(context, ['good']);
  Object.assign(env, { FRAMESORT_MODELS_OFFLINE: 'true' });
  const refused = await run('models', 'pull', 'resnet50');
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /models\.offline[\s\S]*--from/);
  const file = join(tempFolder(context), 'resnet50-v2-7.onnx');
  writeFileSync(file, graph);
  assert.equal((await run('models', 'pull', 'resnet50', '--from', file)).code, 0);
  assert.equal(server.asked.length, 0);
});

const teacher = fileURLToPath(new URL('../../../shared/data/teacher/mobilenetv1.onnx', import.meta.url));

/** Real weights, from a mirror. */
async function pullsRealWeights(context: TestContext): Promise<void> {
  const weights = readFileSync(teacher);
  const server = await new FileServer(weights).open(context);
  const program = packageWithModels(context, (models) => {
    const [resnet] = models as [{ input: object }];
    const input = { ...resnet.input, name: 'image', mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };
    const source = { urls: ['https://nowhere.invalid/teacher/mobilenetv1.onnx'], ...sourceOf(weights) };
    const output = { name: 'embedding', dimensions: 1024, normalised: false };
    return [
      { name: 'teacher', version: '1', about: 'MobileNetV1', license: 'Apache-2.0', source, input, output },
    ];
  });
  const env = { XDG_CACHE_HOME: tempFolder(context), FRAMESORT_GROUPING_JOIN_SIMILARITY: '0.7' };
  const pulled = await runCli(['models', 'pull', 'teacher', '--mirror', server.address], { program, env });
  assert.equal(pulled.code, 0, pulled.stderr);
  assert.deepEqual(server.asked, [{ path: '/teacher/mobilenetv1.onnx', range: undefined }]);
  const { inbox, library } = await inboxOf(context);
  const sorted = await runCli(['sort', inbox, library, '--model', 'teacher'], { program, env });
  assert.equal(sorted.code, 0, sorted.stderr);
}

if (existsSync(teacher)) test('real weights are pulled from a mirror, and embed', pullsRealWeights);
