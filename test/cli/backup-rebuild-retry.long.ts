import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Ended, runCli, Watching } from '../support/cli.ts';
import { filesBelow, groupsIn, placesBelow, shaList, testFolder } from '../support/folders.ts';
import { drawPictures } from '../support/pictures.ts';

const pictures = await drawPictures(14, 6);

interface Scene {
  readonly folder: string;
  readonly inbox: string;
  readonly library: string;
  readonly state: string;
  /** Flags that name library and state. */
  readonly places: string[];
}

/** A library of some groups, and one file in quarantine. */
async function scene(context: TestContext): Promise<Scene> {
  const folder = testFolder(context);
  const { inbox, library, state } = placesBelow(folder);
  mkdirSync(inbox);
  for (const { name, bytes } of pictures) writeFileSync(join(inbox, name), bytes);
  writeFileSync(join(inbox, 'bad.jpg'), 'no picture');
  const { code } = await runCli(['sort', inbox, library, '--state', state, '--json']);
  assert.equal(code, 3);
  return { folder, inbox, library, state, places: ['--library', library, '--state', state] };
}

async function verifies(...args: readonly string[]): Promise<void> {
  const { code, stdout } = await runCli(['verify', '--deep', ...args]);
  assert.equal(code, 0, stdout);
}

function json({ stdout }: Ended) {
  return JSON.parse(stdout.trim().split('\n').at(-1) as string);
}

test('a lost state is built again from the library alone, without looking at a picture; one that is there stays', async (context) => {
  const { library, state, places } = await scene(context);
  const before = shaList(library);
  const groups = await runCli(['groups', '--json', ...places]);
  const refused = await runCli(['rebuild', '--from-library', ...places]);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /there is one/);
  renameSync(state, `${state}.lost`);
  const rebuilt = await runCli(['rebuild', '--from-library', '--json', ...places]);
  assert.equal(rebuilt.code, 0, rebuilt.stderr);
  assert.deepEqual(json(rebuilt), {
    frames: pictures.length,
    embedded: 0,
    groups: groupsIn(library).size,
    left: [],
  });
  await verifies(...places);
  assert.deepEqual((await runCli(['groups', '--json', ...places])).stdout, groups.stdout);
  assert.deepEqual(shaList(library), before);
});

test('a state inside the library that was lost is rebuilt there, where sort and all else find it', async (context) => {
  const folder = testFolder(context);
  const { inbox, library } = placesBelow(folder);
  mkdirSync(inbox);
  const env = { HOME: folder, XDG_STATE_HOME: join(folder, 'of the user') };
  for (const { name, bytes } of pictures) writeFileSync(join(inbox, name), bytes);
  assert.equal((await runCli(['sort', inbox, library], { env })).code, 0);
  const groups = groupsIn(library).size;
  rmSync(join(library, '.framesort', 'state'), { recursive: true });
  const rebuilt = await runCli(['rebuild', '--from-library', '--library', library], { env });
  assert.equal(rebuilt.code, 0, rebuilt.stderr);
  const { stdout } = await runCli(['sort', inbox, library], { env });
  assert.match(stdout, new RegExp(`^The library has ${groups} groups`, 'm'));
});

test('a state whose name is not for terminals is named so that it is one line', async (context) => {
  const { library, state } = await scene(context);
  const [odd, shown] = [`${state}\n\u001b[31m`, `${state}\\x0a\\x1b[31m`];
  const places = ['--library', library, '--state', odd];
  const missing = await runCli(['rebuild', ...places]);
  assert.equal(missing.stderr.split('\n')[0], `framesort: open the state ${shown}: there is none yet`);
  const rebuilt = await runCli(['rebuild', '--from-library', ...places]);
  assert.equal(rebuilt.code, 0, rebuilt.stderr);
  assert.ok(rebuilt.stdout.startsWith(`the store in ${shown} was built anew: `), rebuilt.stdout);
  const refused = await runCli(['rebuild', '--from-library', ...places]);
  assert.equal(refused.stderr.split('\n')[0], `framesort: rebuild the store in ${shown}: there is one`);
  assert.ok(!refused.stderr.includes('\u001b'));
});

test('what was changed in the library while the state was lost is taken as it lies', async (context) => {
  const { library, state, places } = await scene(context);
  const [first, second] = Array.from(groupsIn(library).keys()) as [string, string];
  renameSync(state, `${state}.lost`);
  renameSync(join(library, first), join(library, 'Kitchen'));
  const dragged = groupsIn(library).get(second)?.[0]?.path as string;
  renameSync(join(library, dragged), join(library, 'Kitchen', 'dragged.jpg'));
  writeFileSync(join(library, 'Kitchen', 'new.jpg'), (await drawPictures(20, 9)).at(-1)?.bytes as Buffer);
  writeFileSync(join(library, 'Kitchen', 'notes.txt'), 'eggs');
  rmSync(join(library, second, '.framesort'), { recursive: true });
  const rebuilt = await runCli(['rebuild', '--from-library', '--json', ...places]);
  const { frames, embedded, left } = json(rebuilt);
  const unwritten = groupsIn(library).get(second)?.length as number;
  assert.equal(rebuilt.code, 3, rebuilt.stderr);
  assert.deepEqual([frames, left], [pictures.length + 1, ['Kitchen/notes.txt']]);
  assert.equal(
    embedded,
    unwritten + 2,
    'the new one, the dragged one and those of which no manifest tells any more',
  );
  const { stdout } = await runCli(['groups', 'show', 'Kitchen', ...places]);
  assert.match(stdout, /dragged\.jpg/);
  assert.match(stdout, /new\.jpg/);
});

test('a backup made while the daemon works is whole, replaces nothing, and can be worked on', async (context) => {
  const { folder, inbox, library, places } = await scene(context);
  const watching = await new Watching(['--inbox', inbox, ...places]).ready();
  const target = join(folder, 'backup');
  const { code, stderr } = await runCli(['backup', target, ...places]);
  assert.equal(code, 0, stderr);
  const again = await runCli(['backup', target, ...places]);
  assert.equal(again.code, 2);
  const beside = await runCli(['verify', ...places]);
  assert.equal(beside.code, 0, beside.stdout);
  assert.match(beside.stdout, /a daemon works on the state/);
  assert.equal(await watching.end(), 0);
  cpSync(target, join(folder, 'restored'), { recursive: true });
  await verifies('--library', library, '--state', join(folder, 'restored'));
});

test('what is wanted to be tried again goes back to the inbox, replaces nothing there, and is looked at anew', async (context) => {
  const { inbox, library, places } = await scene(context);
  writeFileSync(join(inbox, 'bad.jpg'), 'another of this name');
  const wanted = await runCli(['retry', join(inbox, 'bad.jpg'), '--json', ...places]);
  assert.deepEqual(json(wanted), { retried: [join(inbox, 'bad.jpg')], running: false });
  const { code } = await runCli(['sort', inbox, library, '--state', places[3] as string, '--json']);
  assert.equal(code, 3);
  const aside = join(library, '.framesort', 'quarantine');
  const names = filesBelow(aside).map(({ path }) => path);
  assert.deepEqual(names, [
    '000002/bad (2).jpg',
    '000002/reason.json',
    '000003/bad.jpg',
    '000003/reason.json',
  ]);
  assert.deepEqual(readdirSync(inbox), []);
  const unknown = await runCli(['retry', 'nothing.jpg', ...places]);
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /not in quarantine/);
});

test('doctor says of each thing whether it is as it must be, and what to do', async (context) => {
  const folder = testFolder(context);
  const args = ['--library', join(folder, 'library'), '--state', join(folder, 'state')];
  mkdirSync(join(folder, 'inbox'));
  mkdirSync(join(folder, 'library'));
  const { code, stdout } = await runCli(['doctor', '--json', '--inbox', join(folder, 'inbox'), ...args]);
  const findings = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const stateOf = (what: string) => findings.find((one) => one.what.startsWith(what))?.state;
  assert.equal(code, 0, stdout);
  for (const what of [
    'node',
    'flock',
    'clock',
    'inbox',
    'library',
    'lock',
    'model',
    'decoder',
    'store',
    'JPEG XL',
    'raw',
  ])
    assert.notEqual(stateOf(what), 'fail', what);
  assert.equal(stateOf('HEIC'), 'ok');
  assert.equal(stateOf('state'), 'warn', 'it is made at the first start');
  assert.ok(findings.every(({ state, todo }) => state === 'ok' || todo.length > 0));
  const wrong = await runCli(['doctor', '--inbox', join(folder, 'inbox'), '--library', '/proc/nowhere']);
  assert.equal(existsSync('/proc/nowhere'), false);
  assert.match(wrong.stdout, /is not there/);
});
