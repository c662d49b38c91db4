import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { openStoreReader } from '../../src/storage/lmdb/lmdb-store.ts';
import { runCli } from '../support/cli.ts';
import { testFolder } from '../support/folders.ts';

const fixture = fileURLToPath(new URL('../fixtures/store-2', import.meta.url));
const expected = JSON.parse(readFileSync(join(fixture, 'expected.json'), 'utf8'));

/** Copies the library and its state into a folder of its own. */
function scene(context: TestContext) {
  const root = testFolder(context);
  const [library, state, fresh] = ['library', 'state', 'new'].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ];
  cpSync(join(fixture, 'library'), library, { recursive: true });
  cpSync(join(fixture, 'new'), fresh, { recursive: true });
  utimesSync(join(fresh, 'kitchen again 3.jpg'), 1_777_629_720, 1_777_629_720); // git keeps no times
  for (const folder of [join(library, '.framesort', 'drafts'), join(state, 'store'), join(root, 'inbox')])
    mkdirSync(folder, { recursive: true });
  const data = gunzipSync(readFileSync(join(fixture, 'data.mdb.gz')));
  writeFileSync(join(state, 'store', 'data.mdb'), data);
  writeFileSync(join(state, 'store', 'initialised'), '');
  const places = ['--library', library, '--state', state, '--json'];
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await runCli([...args, ...places]);
    const lines = stdout.split('\n').filter((line) => line !== '');
    return { code, said: lines.map((line) => JSON.parse(line)), stderr };
  };
  const sort = async (inbox: string) => {
    const args = ['sort', join(root, inbox), library, '--state', state, '--json'];
    const { stdout, stderr } = await runCli(args);
    return JSON.parse(stdout || stderr);
  };
  return { root, library, state, run, sort };
}

test('a state of the version before gives the same groups, evidence and disagreements', async (context) => {
  const { root, run } = scene(context);
  assert.deepEqual((await run('groups')).said, expected.groups);
  for (const [path, known] of Object.entries<{ id: number; evidence: unknown; captured: unknown }>(
    expected.explain,
  )) {
    const [{ frame, evidence }] = (await run('explain', join(root, path))).said;
    assert.equal(frame.id, known.id);
    assert.deepEqual(frame.captured, known.captured);
    assert.deepEqual(evidence, known.evidence);
  }
  const { code, said } = await run('verify');
  assert.equal(code, expected.verify.code);
  assert.equal(said[0].frames, expected.verify.frames);
  assert.deepEqual(
    said[0].disagreements.map(({ problem }: { problem: string }) => problem),
    expected.verify.disagreements,
  );
});

test('work that the version before left is carried out, and new pictures join its groups', async (context) => {
  const { library, state, run, sort } = scene(context);
  const { resumed } = await sort('inbox');
  assert.ok(resumed >= 3);
  assert.ok(existsSync(join(library, 'Düne')), 'the waiting split was done');
  assert.ok(existsSync(join(library, 'Marktplatz')), 'the waiting rename was done');
  assert.deepEqual((await run('verify', '--deep')).said[0].disagreements, []);
  const { frames, joined } = await sort('new');
  assert.deepEqual([frames, joined > 0], [4, true]);
  const undone = await run('undo');
  assert.equal(undone.said[0].changes.length, 1);
  assert.deepEqual((await run('verify', '--deep')).said[0].disagreements, []);
  const reader = openStoreReader(join(state, 'store'));
  assert.deepEqual([...(await reader.moves.all()), ...(await reader.frames.planned())], []);
  await reader.close();
});
