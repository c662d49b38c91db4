import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { linksOf } from '../../src/domain/corrections.ts';
import type { FrameId } from '../../src/domain/frame.ts';
import { acquireLock } from '../../src/lib/fs/flock.ts';
import { openStoreAsItIs, openStoreReader } from '../../src/storage/lmdb/lmdb-store.ts';
import { runCli, until, Watching } from '../support/cli.ts';
import {
  assertAgrees,
  contents,
  foldersOf,
  library,
  pictures,
  run,
  type Scene,
} from '../support/filed-library.ts';
import { sha256 } from '../support/folders.ts';

/** Two pictures of the largest group, by their path below the library. */
function twoOf(scene: Scene): [string, string] {
  const [largest] = foldersOf(scene);
  const two = Object.keys(contents(scene)).filter((path) => dirname(path) === largest);
  return two.slice(0, 2) as [string, string];
}

for (const mode of ['move', 'copy', 'hardlink', 'symlink'])
  test(`${mode}: split brings pictures into a new group, named by the template, and undo brings them back`, async (context) => {
    const scene = await library(context, mode);
    const before = contents(scene);
    const [first, second] = twoOf(scene);
    const done = await run(scene, 'split', join(scene.library, first), second);
    assert.deepEqual([done.code, done.said.moved, done.said.refused], [0, 2, []], done.stderr);
    const { group } = done.said;
    assert.match(group, /^scene-\d{4}$/);
    assert.ok(!dirname(first).includes(group));
    const after = contents(scene);
    assert.equal(after[join(group, first.slice(dirname(first).length + 1))], before[first]);
    assert.equal(after[second], undefined);
    assert.deepEqual(Object.values(after).sort(), Object.values(before).sort());
    await assertAgrees(scene);

    const undone = await run(scene, 'undo');
    assert.deepEqual([undone.code, undone.said.moved], [0, 2], undone.stderr);
    assert.ok(!existsSync(join(scene.library, group)), 'the emptied folder is gone');
    assert.deepEqual(contents(scene), before);
    await assertAgrees(scene);
  });

test('what is split off by name belongs there by a person’s word, as if dragged; taken back, the name can be given again', async (context) => {
  const scene = await library(context);
  const [first, second] = twoOf(scene);
  const words = await runCli(['split', first, second, first, '--name', 'Île, été', ...scene.places]);
  assert.deepEqual(
    [words.code, words.stdout],
    [0, 'into the new group Île, été: 2 pictures\n'],
    words.stderr,
  );
  const store = openStoreReader(join(scene.places.at(-1) as string, 'store'));
  const frames = (await store.journal.get(1))?.frames ?? [];
  const links = linksOf(await store.corrections.all());
  const touched = new Set(await store.groups.edited());
  await store.close();
  assert.equal(frames.length, 2);
  for (const { frame, from, to } of frames) {
    assert.equal(links.mustLink(frame as FrameId), to.group);
    assert.deepEqual(links.cannotLink(frame as FrameId), [from.group]);
    assert.ok(touched.has(from.group) && touched.has(to.group));
  }
  assert.equal((await run(scene, 'undo')).code, 0);
  const again = await run(scene, 'split', first, '--name', 'Île, été');
  assert.deepEqual([again.code, again.said.group], [0, 'Île, été'], again.stderr);
  assert.deepEqual(
    readdirSync(join(scene.library, 'Île, été')).filter((name) => name !== '.framesort').length,
    1,
  );
  await assertAgrees(scene);
});

test('nothing goes over what is there, and no group gets a name that is none', async (context) => {
  const scene = await library(context);
  const [first] = twoOf(scene);
  mkdirSync(join(scene.library, 'empty'));
  writeFileSync(join(scene.library, 'notes'), 'mine');
  const before = contents(scene);
  const wrong: [string, RegExp][] = [
    [foldersOf(scene)[1] as string, /the library has something of that name/],
    ['empty', /the library has something of that name/],
    ['notes', /the library has something of that name/],
    ['', /it is empty/],
    ['a/b', /contains a "\/"/],
    ['..', /begins with a dot/],
    ['.framesort', /begins with a dot/],
    ['two\nlines', /"two\\\\x0alines": it holds control characters/],
    ['at the end ', /cut these off/],
    ['ü'.repeat(128), /it has 256 bytes, and a name may have 255/],
  ];
  for (const [name, why] of wrong)
    for (const args of [
      ['split', first, '--name', name],
      ['rename', dirname(first), name],
    ]) {
      const { code, stderr } = await runCli([...args, ...scene.places]);
      assert.deepEqual([code, why.test(stderr)], [2, true], `${args}: ${stderr}`);
    }
  assert.equal((await runCli(['split', 'scene-0001/nothing.jpg', ...scene.places])).code, 2);
  assert.deepEqual(contents(scene), before);
  assert.equal(readFileSync(join(scene.library, 'notes'), 'utf8'), 'mine');
  await assertAgrees(scene);
});

test('rename gives a group’s folder another name, with what is in it; the name of an emptied group is not free', async (context) => {
  const scene = await library(context);
  const before = contents(scene);
  const [from, other] = foldersOf(scene) as [string, string];
  writeFileSync(join(scene.library, from, 'notes.txt'), 'mine');
  const words = await runCli(['rename', join(scene.library, from), 'beach', ...scene.places]);
  const count = Object.keys(before).filter((path) => dirname(path) === from).length;
  assert.deepEqual(
    [words.code, words.stdout],
    [0, `${from} is now beach: ${count} pictures\n`],
    words.stderr,
  );
  assert.equal(readFileSync(join(scene.library, 'beach', 'notes.txt'), 'utf8'), 'mine');
  assert.ok(!existsSync(join(scene.library, from)));
  unlinkSync(join(scene.library, 'beach', 'notes.txt')); // no picture, as `verify` does not know
  await assertAgrees(scene);
  const again = await run(scene, 'rename', 'beach', 'beach');
  assert.deepEqual([again.code, /has that name already/.test(again.stderr)], [2, true]);
  const done = await run(scene, 'rename', 'beach', from);
  assert.deepEqual(done.said, { from: 'beach', to: from, pictures: count, renamed: true });
  assert.equal((await run(scene, 'merge', other, from)).code, 0);
  const emptied = await run(scene, 'rename', from, other);
  assert.deepEqual([emptied.code, /a group that is empty now has that name/.test(emptied.stderr)], [2, true]);
  await assertAgrees(scene);
});

test('beside a daemon it does both, and what comes joins the new group and the renamed one', async (context) => {
  const scene = await library(context);
  const before = contents(scene);
  const [first, second] = twoOf(scene);
  const [, other] = foldersOf(scene) as [string, string];
  const daemon = await new Watching(['--inbox', scene.inbox, ...scene.places]).ready();
  const bytesOf = (path: string) =>
    pictures.find(({ bytes }) => before[path] === sha256(bytes))?.bytes as Buffer;
  const done = await run(scene, 'split', first, second);
  assert.deepEqual([done.code, done.said.moved], [0, 2], done.stderr);
  const renamed = await run(scene, 'rename', other, 'beach');
  assert.deepEqual([renamed.code, renamed.said.renamed], [0, true], renamed.stderr);
  const taken = await run(scene, 'split', first.replace(dirname(first), done.said.group), '--name', 'beach');
  assert.deepEqual([taken.code, /has something of that name/.test(taken.stderr)], [2, true]);
  const ofOther = Object.keys(before).find((path) => dirname(path) === other) as string;
  writeFileSync(join(scene.inbox, 'one.jpg'), bytesOf(first));
  writeFileSync(join(scene.inbox, 'two.jpg'), bytesOf(ofOther));
  await until(
    () => contents(scene)[join(done.said.group, 'one.jpg')] !== undefined,
    'it joins the new group',
  );
  await until(() => contents(scene)[join('beach', 'two.jpg')] !== undefined, 'it joins the renamed group');
  const undone = await run(scene, 'undo');
  assert.deepEqual([undone.code, undone.said.moved], [0, 2], undone.stderr);
  assert.equal(await daemon.end(), 0);
  assert.ok(!existsSync(join(scene.library, other)));
  await assertAgrees(scene);
});

test('where the owner of the state ends before it did what is wanted, the command takes over', async (context) => {
  const scene = await library(context);
  const before = contents(scene);
  const [from] = foldersOf(scene) as [string];
  const [first] = twoOf(scene);
  const state = scene.places.at(-1) as string;
  const store = await openStoreAsItIs(join(state, 'store'));
  const owner = acquireLock(state);
  const split = run(scene, 'split', first, '--name', 'shore');
  const rename = run(scene, 'rename', from, 'beach');
  await until(async () => (await store.requests.list('request/')).length === 2, 'both are noted');
  owner.release();
  const [one, other] = await Promise.all([split, rename]);
  assert.deepEqual([one.code, one.said.moved, one.said.group], [0, 1, 'shore'], one.stderr);
  // The picture may be on its way out of the group at that very moment.
  assert.ok(other.code === 0 || /on their way/.test(other.stderr), other.stderr);
  assert.deepEqual(await store.requests.list('request/'), []);
  await store.close();
  assert.deepEqual(Object.values(contents(scene)).sort(), Object.values(before).sort());
  await assertAgrees(scene);
});
