import assert from 'node:assert/strict';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { FrameId } from '../../src/domain/frame.ts';
import type { GroupId } from '../../src/domain/group.ts';
import { nodeFileSystem } from '../../src/lib/fs/file-system.ts';
import { openLog } from '../../src/lib/logger.ts';
import { Reconciler } from '../../src/library/reconcile/reconciler.ts';
import { verify } from '../../src/library/verify.ts';
import { Events } from '../../src/monitoring/events.ts';
import { runCli, until, Watching } from '../support/cli.ts';
import { filed } from '../support/decisions.ts';
import { faultyFiles, systemError } from '../support/faulty-files.ts';
import { assertAgrees, foldersOf, library, run, type Scene } from '../support/filed-library.ts';
import { filesBelow } from '../support/folders.ts';
import { drawPictures } from '../support/pictures.ts';
import { placedLibrary } from '../support/placed-library.ts';
import { embeddingsOf } from '../support/store-reads.ts';

/** Files put into a group's folder by people. */

const others = await drawPictures(60, 31);
const place = others[0]?.place;
const ofOnePlace = others.filter((one) => one.place === place);
const [guest, alike] = ofOnePlace;
assert.ok(guest !== undefined && alike !== undefined);

function put(scene: Scene, folder: string, name: string, bytes: Buffer): string {
  const path = join(scene.library, folder, name);
  writeFileSync(path, bytes);
  return path;
}

const sort = (scene: Scene) => runCli(['sort', scene.inbox, scene.library, ...scene.places.slice(2)]);

for (const mode of ['move', 'copy', 'symlink'])
  test(`a picture that is put into a group's folder is a member, untouched, and those like it join it (${mode})`, async (context) => {
    const scene = await library(context, mode);
    const [folder = ''] = foldersOf(scene);
    const path = put(scene, folder, 'by hand.jpg', guest.bytes);
    const before = statSync(path);
    const { code, stdout: said, stderr } = await sort(scene);
    assert.equal(code, 0, stderr);
    assert.match(said, /^1 picture found in the folders of groups, where a person put them\.$/m);
    assert.equal(statSync(path).ino, before.ino);
    assert.equal(statSync(path).mtimeMs, before.mtimeMs);
    assert.deepEqual(readFileSync(path), guest.bytes);
    await assertAgrees(scene);
    const { stdout } = await runCli(['explain', path, ...scene.places]);
    assert.match(stdout, /You put it there/);

    writeFileSync(join(scene.inbox, 'alike.jpg'), alike.bytes);
    assert.equal((await sort(scene)).code, 0);
    assert.ok(existsSync(join(scene.library, folder, 'alike.jpg')), 'it joined what was put there');
    await assertAgrees(scene);
  });

test('what is no picture is left alone, and is no disagreement; what belongs to a system is not looked at', async (context) => {
  const scene = await library(context);
  const [folder = ''] = foldersOf(scene);
  const [notes, system] = ['notes.txt', '.DS_Store'].map((name) =>
    put(scene, folder, name, Buffer.from('some notes, longer than nothing')),
  );
  const { code, stderr } = await runCli(['sort', scene.inbox, scene.library, ...scene.places.slice(2)], {
    env: { FRAMESORT_INTAKE_INCOMPLETE_MS: '0' },
  });
  assert.equal(code, 0, stderr);
  assert.ok(existsSync(notes as string) && existsSync(system as string));
  mkdirSync(join(scene.library, folder, '@eaDir'));
  await assertAgrees(scene);
  rmSync(notes as string);
  writeFileSync(notes as string, 'other notes, which nobody has looked into');
  const { code: disagrees, stdout } = await runCli(['verify', ...scene.places]);
  assert.equal(disagrees, 1);
  assert.match(stdout, /notes\.txt: is not in the store/);
  assert.equal((await sort(scene)).code, 0);
  const told = await runCli(['explain', notes as string, ...scene.places]);
  assert.equal(told.code, 1);
  assert.match(told.stderr, /not filed: no picture/);
});

test('verify asks for one file after the other, however many a folder has that are no pictures', async (context) => {
  const { library, store } = await placedLibrary(context, [1]);
  const notes = Array.from({ length: 50 }, (_, at) => join(library, 'scene-1', `${at}.txt`));
  for (const source of notes) {
    writeFileSync(source, 'notes');
    const { identity } = await nodeFileSystem.stat(source);
    await store.commit([{ kind: 'skip', source, identity, reason: 'no-picture' }]);
  }
  let [calls, running, most] = [0, 0, 0];
  const stat: typeof nodeFileSystem.stat = async (path) => {
    calls++;
    most = Math.max(most, ++running);
    return nodeFileSystem.stat(path).finally(() => running--);
  };
  const files = { ...nodeFileSystem, stat };
  const { disagreements } = await verify({ store, index: undefined, library, files, deep: false });
  assert.deepEqual(disagreements, []);
  assert.deepEqual([calls, most], [51, 1]);
});

test('beside a daemon: it becomes a member, is followed where it is dragged, and is forgotten when it is deleted', async (context) => {
  const scene = await library(context);
  const [one = '', two = ''] = foldersOf(scene);
  const env = { FRAMESORT_WATCH_RESCAN_SECONDS: '0.3' };
  const daemon = await new Watching(['--inbox', scene.inbox, ...scene.places], { env }).ready();
  const frames = async () => (await run(scene, 'status')).said.store.frames;
  const known = await frames();
  const path = put(scene, one, 'by hand.jpg', guest.bytes);
  await until(async () => (await frames()) === known + 1, 'it to be a member');
  const dragged = join(scene.library, two, 'by hand.jpg');
  renameSync(path, dragged);
  await until(
    async () => (await runCli(['explain', dragged, ...scene.places])).code === 0,
    'it to be found where it was dragged',
  );
  renameSync(dragged, join(scene.library, '..', 'away.jpg'));
  await until(async () => (await frames()) === known, 'it to be forgotten');
  assert.equal(await daemon.end(), 0);
  await assertAgrees(scene);
});

test('a folder that a person gave a name that is not for terminals is told of on one line', async (context) => {
  const scene = await library(context);
  const [folder = ''] = foldersOf(scene);
  const path = put(scene, folder, 'by hand.jpg', guest.bytes);
  renameSync(dirname(path), join(scene.library, 'of a person\n\u001b[31m'));
  assert.equal((await sort(scene)).code, 0);
  writeFileSync(join(scene.inbox, 'again.jpg'), guest.bytes);
  const { stdout } = await runCli([
    'sort',
    scene.inbox,
    scene.library,
    ...scene.places.slice(2),
    '--dry-run',
  ]);
  assert.match(stdout, /again\.jpg {2}-> {2}of a person\\x0a\\x1b\[31m\/again\.jpg {2}\(joins\)$/m);
});

test('the manifests tell of it: a library rebuilt from them has it', async (context) => {
  const scene = await library(context);
  const [folder = ''] = foldersOf(scene);
  put(scene, folder, 'by hand.jpg', guest.bytes);
  await sort(scene);
  const listed = filesBelow(join(scene.library, folder, '.framesort'))
    .filter(({ path }) => path.endsWith('.jsonl'))
    .map(({ path }) => readFileSync(join(scene.library, folder, '.framesort', path), 'utf8'));
  assert.match(listed.join(''), /"name":"by hand\.jpg"/);
});

/** A scanned library of two groups, and the reported unknown files. */
async function looking(context: TestContext, files = nodeFileSystem) {
  const { library, store, membership } = await placedLibrary(context, [1, 2, 1, 2]);
  let passedMs = 0;
  const clock = { now: () => 1, passed: () => passedMs, sleep: async () => {} };
  const log = openLog({ level: 'silent', format: 'json' });
  const told: string[] = [];
  const onUntrackedFile = (path: string) => void told.push(path.slice(library.length + 1));
  const reconciler = new Reconciler({
    store,
    membership,
    files,
    library,
    clock,
    log,
    events: new Events(log),
    onUntrackedFile,
  });
  const look = async () => {
    passedMs += 3_000;
    told.length = 0;
    assert.ok(await reconciler.run());
    return [...told];
  };
  return { library, store, look };
}

test('a file is a guest when it is seen again, the same, where none of its size is missed', async (context) => {
  const { library, look } = await looking(context);
  const guestPath = join(library, 'scene-1', 'guest.jpg');
  writeFileSync(guestPath, 'guest');
  assert.deepEqual(await look(), []);
  assert.deepEqual(await look(), ['scene-1/guest.jpg']);
  writeFileSync(guestPath, 'another size');
  assert.deepEqual(await look(), [], 'it changed');
  writeFileSync(guestPath, 'g');
  await look();
  const away = join(library, '..', 'away.jpg');
  renameSync(join(library, 'scene-1', '1.jpg'), away);
  assert.deepEqual(await look(), [], 'one of its size is missed, and it could be that one');
});

test('a picture that can not be placed keeps no guest waiting', async (context) => {
  const { library, store, look } = await looking(context);
  const { embedding } = (await embeddingsOf(store))[0] ?? assert.fail();
  await store.commit([filed(5, embedding, 2, false)]);
  writeFileSync(join(library, 'scene-1', 'guest.jpg'), 'guest');
  await look();
  assert.deepEqual(await look(), ['scene-1/guest.jpg']);
});

test('a guest that becomes a member during a look is not taken for one that is missed and has the same bytes', async (context) => {
  let isAdopted = false;
  const files = faultyFiles(async ({ verb, paths: [path = ''] }) => {
    if (verb !== 'hash' || isAdopted || !path.endsWith('/copy.jpg')) return;
    isAdopted = true;
    const { dev: device, ino: inode } = statSync(path);
    const decision = filed(5, embedding, 2, false);
    const placement = { ...decision.placement, name: 'copy.jpg', state: 'placed' as const };
    await store.commit([{ ...decision, placement, fileId: `${device}:${inode}` }]);
  });
  const { library, store, look } = await looking(context, files);
  const { embedding } = (await embeddingsOf(store))[0] ?? assert.fail();
  writeFileSync(join(library, 'scene-2', 'copy.jpg'), '1');
  rmSync(join(library, 'scene-1', '1.jpg'));
  await look();
  assert.ok(isAdopted);
  assert.equal(await store.frames.at(2 as GroupId, 'copy.jpg'), 5);
  assert.equal((await store.frames.get(1 as FrameId))?.placement.group, 1, 'nobody has a name of another');
  await look();
  await look();
  assert.equal(
    await store.frames.get(1 as FrameId),
    undefined,
    'it is gone: its copy is a picture of its own by now',
  );
});

test('a folder that is damaged on its disk keeps nobody from looking at the others, and forgets no picture', async (context) => {
  const files = faultyFiles(({ verb, paths: [path = ''] }) => {
    if (verb === 'readFolder' && path.endsWith('/scene-2')) throw systemError('EIO');
  });
  const { library, store, look } = await looking(context, files);
  writeFileSync(join(library, 'scene-1', 'guest.jpg'), 'guest');
  await look();
  assert.deepEqual(await look(), ['scene-1/guest.jpg']);
  assert.equal((await store.counts()).frames, 4);
});

test('no guest is a second name of a file, nor what lies in another folder; in that of an emptied group one is', async (context) => {
  const { library, store, look } = await looking(context);
  linkSync(join(library, 'scene-1', '1.jpg'), join(library, 'scene-2', 'second name.jpg'));
  mkdirSync(join(library, 'of a person'));
  writeFileSync(join(library, 'of a person', 'picture.jpg'), 'bytes');
  await store.forget([2, 4] as FrameId[]);
  writeFileSync(join(library, 'scene-2', 'in an empty group.jpg'), 'bytes');
  for (const name of ['2.jpg', '4.jpg']) rmSync(join(library, 'scene-2', name));
  await look();
  assert.deepEqual(await look(), ['scene-2/in an empty group.jpg']);
});
