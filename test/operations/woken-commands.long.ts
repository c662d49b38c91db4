import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openStoreReader } from '../../src/storage/lmdb/lmdb-store.ts';
import type { StoreReader } from '../../src/storage/store.ts';
import { ended, startCli, until, Watching } from '../support/cli.ts';
import { assertAgrees, contents, foldersOf, library, run, type Scene } from '../support/filed-library.ts';

async function watched(context: TestContext) {
  const scene = await library(context);
  const state = scene.places.at(-1) as string;
  const env = { FRAMESORT_INTAKE_INCOMPLETE_MS: '0' };
  const daemon = await new Watching(['--inbox', scene.inbox, ...scene.places], { env }).ready();
  context.after(() => daemon.end('SIGKILL'));
  const socket = join(state, 'wake.sock');
  await daemon.until(() => existsSync(socket), 'the socket is there');
  return { scene, state, daemon, socket };
}

/** Two pictures of one group. */
function twoOf(scene: Scene): [string, string] {
  const [, from] = foldersOf(scene);
  const [first, second] = Object.keys(contents(scene)).filter((path) => dirname(path) === from);
  return [first, second] as [string, string];
}

async function look<T>(state: string, at: (store: StoreReader) => T): Promise<T> {
  const store = openStoreReader(join(state, 'store'));
  try {
    return at(store);
  } finally {
    await store.close();
  }
}

const groupsIn = (state: string) =>
  look(state, async (store) => Array.from(await store.groups.all(), ({ folder }) => folder));

const quarantinedIn = (state: string) =>
  look(state, async (store) => (await store.quarantine.all()).filter((one) => one.state === 'placed').length);

/** Runs a command, and tells how long it took, its start included. */
async function timed(context: TestContext, scene: Scene, ...args: string[]) {
  const startMs = performance.now();
  const done = await run(scene, ...args);
  context.diagnostic(`${args[0]}: ${Math.round(performance.now() - startMs)} ms, with the start of Node`);
  assert.equal(done.code, 0, done.stderr);
  return done.said;
}

test('a daemon executes each kind of request, woken by the command', async (context) => {
  const { scene, state, daemon, socket } = await watched(context);
  const before = contents(scene);
  const [first, second] = twoOf(scene);
  const [largest] = foldersOf(scene) as [string];
  assert.equal(statSync(socket).mode & 0o777, 0o600);
  const moved = await timed(context, scene, 'move', first, largest);
  assert.equal(moved.moved, 1);
  assert.equal((await timed(context, scene, 'undo')).moved, 1);
  const split = await timed(context, scene, 'split', first, second, '--name', 'shore');
  assert.deepEqual([split.group, split.moved], ['shore', 2]);
  const renamed = await timed(context, scene, 'rename', 'shore', 'beach');
  assert.deepEqual([renamed.renamed, renamed.pictures], [true, 2]);
  const merged = await timed(context, scene, 'merge', 'beach', dirname(first));
  assert.equal(merged.moved, 2);
  assert.deepEqual(contents(scene), before);
  writeFileSync(join(scene.inbox, 'broken.jpg'), 'no picture');
  await daemon.until(async () => (await quarantinedIn(state)) === 1, 'the file is in quarantine');
  const retried = await timed(context, scene, 'retry', '--all');
  assert.deepEqual([retried.retried, retried.running], [[join(scene.inbox, 'broken.jpg')], true]);
  assert.equal(await daemon.end(), 0);
  assert.ok(!existsSync(socket), 'the socket goes with the daemon');
});

test('without the socket a command is answered nevertheless', async (context) => {
  const { scene, daemon, socket } = await watched(context);
  rmSync(socket);
  const [first] = twoOf(scene);
  const said = await timed(context, scene, 'split', first, '--name', 'shore');
  assert.deepEqual([said.group, said.moved], ['shore', 1]);
  assert.equal(await daemon.end(), 0);
  await assertAgrees(scene);
});

test('a daemon that is killed before it answers: the command takes over', async (context) => {
  const { scene, state, daemon } = await watched(context);
  const [first] = twoOf(scene);
  process.kill(daemon.pid, 'SIGSTOP');
  const command = run(scene, 'split', first, '--name', 'shore');
  await until(() => hasRequest(state), 'the request is submitted');
  await daemon.end('SIGKILL');
  const { code, said, stderr } = await command;
  assert.deepEqual([code, said.group, said.moved], [0, 'shore', 1], stderr);
  await assertAgrees(scene);
});

test('a command that is killed before the answer: the daemon does what it asked for', async (context) => {
  const { scene, state, daemon } = await watched(context);
  const [first] = twoOf(scene);
  process.kill(daemon.pid, 'SIGSTOP');
  const command = startCli(['split', first, '--name', 'shore', ...scene.places], {});
  const end = ended(command);
  await until(() => hasRequest(state), 'the request is submitted');
  command.kill('SIGKILL');
  await end;
  const startMs = performance.now();
  process.kill(daemon.pid, 'SIGCONT');
  await daemon.until(async () => (await groupsIn(state)).includes('shore'), 'the group is there');
  await daemon.until(() => dirname(pathOf(scene, first)) === 'shore', 'the picture is in it');
  context.diagnostic(`done ${Math.round(performance.now() - startMs)} ms after the daemon went on`);
  assert.equal(await daemon.end(), 0);
  await assertAgrees(scene);
});

test('requests of several commands at once are all executed', async (context) => {
  const { scene, daemon } = await watched(context);
  const [first, second] = twoOf(scene);
  const [largest] = foldersOf(scene) as [string];
  const all = await Promise.all([
    run(scene, 'split', first, '--name', 'one'),
    run(scene, 'split', second, '--name', 'two'),
    run(scene, 'rename', largest, 'three'),
  ]);
  for (const { code, stderr } of all) assert.equal(code, 0, stderr);
  const folders = foldersOf(scene);
  for (const name of ['one', 'two', 'three']) assert.ok(folders.includes(name), name);
  assert.equal(await daemon.end(), 0);
  await assertAgrees(scene);
});

/**
 * Read from the file: a reader of the store would wait for the stopped daemon's lock, if the daemon held it.
 */
function hasRequest(state: string): boolean {
  return readFileSync(join(state, 'store', 'data.mdb')).includes('"kind":"split"');
}

/** Where the content of a picture lies now. */
function pathOf(scene: Scene, name: string): string {
  const file = name.slice(dirname(name).length + 1);
  return Object.keys(contents(scene)).find((path) => path.endsWith(`/${file}`)) ?? '';
}
