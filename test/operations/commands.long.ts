import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { runCli } from '../support/cli.ts';
import { assertAgrees, contents, foldersOf, library, run } from '../support/filed-library.ts';

for (const mode of ['move', 'copy', 'hardlink', 'symlink']) {
  test(`${mode}: merge brings a group's pictures into another one, its folder goes, and undo brings all of it back`, async (context) => {
    const scene = await library(context, mode);
    const before = contents(scene);
    const [into, from] = foldersOf(scene) as [string, string];
    const taken = readdirSync(join(scene.library, from)).filter((name) => !name.startsWith('.'));
    const done = await run(scene, 'merge', from, into);
    assert.deepEqual([done.code, done.said.moved], [0, taken.length], done.stderr);
    assert.ok(!existsSync(join(scene.library, from)), 'the emptied folder is gone');
    assert.deepEqual(Object.values(contents(scene)).sort(), Object.values(before).sort());
    for (const name of taken) assert.equal(contents(scene)[join(into, name)], before[join(from, name)]);

    const undone = await run(scene, 'undo');
    assert.deepEqual([undone.code, undone.said.moved], [0, taken.length], undone.stderr);
    assert.deepEqual(contents(scene), before);
    await assertAgrees(scene);
  });
}

test('nothing is overwritten: neither by a move, nor on its way back; what somebody put beside it keeps the folder', async (context) => {
  const scene = await library(context);
  const [into, from] = foldersOf(scene) as [string, string];
  const [name = ''] = readdirSync(join(scene.library, from)).filter((one) => one.endsWith('.jpg'));
  const sha = contents(scene)[join(from, name)];
  const mine = [join(into, name), join(from, 'notes.txt')];
  for (const path of mine) writeFileSync(join(scene.library, path), `mine: ${path}`);
  assert.equal((await run(scene, 'merge', from, into)).code, 0);
  assert.equal(contents(scene)[join(into, name.replace('.jpg', ' (2).jpg'))], sha);
  mine.push(join(from, name));
  writeFileSync(join(scene.library, from, name), `mine: ${join(from, name)}`);
  assert.equal((await run(scene, 'undo')).code, 0);
  assert.equal(contents(scene)[join(from, name.replace('.jpg', ' (2).jpg'))], sha);
  for (const path of mine) assert.equal(readFileSync(join(scene.library, path), 'utf8'), `mine: ${path}`);
});

test('move takes pictures one by one; undo leaves those that a person moved since, and says so', async (context) => {
  const scene = await library(context);
  const [to, from] = foldersOf(scene) as [string, string];
  const [first, second] = Object.keys(contents(scene)).filter((path) => dirname(path) === from);
  assert.ok(first && second);
  const done = await run(scene, 'move', join(scene.library, first), second, to);
  assert.deepEqual([done.code, done.said.moved], [0, 2], done.stderr);
  mkdirSync(join(scene.library, 'chosen'));
  const [moved, chosen] = [first, 'chosen/one.jpg'].map((path) => join(scene.library, path));
  renameSync(
    join(scene.library, to, (moved as string).slice(dirname(moved as string).length + 1)),
    chosen as string,
  );
  const undone = await run(scene, 'undo');
  assert.equal(undone.code, 3);
  assert.deepEqual(
    undone.said.refused.map(({ file, reason }: { file: string; reason: string }) => [file, reason]),
    [['chosen/one.jpg', 'moved since']],
  );
  const why = await runCli(['explain', join(scene.library, second), ...scene.places]);
  assert.match(why.stdout, new RegExp(`from ${from} to ${to}, move by a command: a person said so`));
  const nothing = await run(scene, 'undo');
  assert.deepEqual([nothing.code, nothing.said.changes], [0, []]);
  assert.ok(contents(scene)[second], 'the other is back');
  assert.ok(contents(scene)['chosen/one.jpg'], 'that one is where the person put it');
  await assertAgrees(scene);
});

test('what is named wrongly is told with what was probably meant, and nothing is done', async (context) => {
  const scene = await library(context);
  const before = contents(scene);
  const [into, from] = foldersOf(scene) as [string, string];
  const wrong = await runCli(['merge', `${from}x`, into, ...scene.places]);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /there is none of that name\n {2}Did you mean scene-\d+\?/);
  const same = await runCli(['merge', into, into, ...scene.places]);
  assert.deepEqual([same.code, /it is the same group/.test(same.stderr)], [2, true]);
  const unfiled = await runCli(['move', `${from}/nothing.jpg`, into, ...scene.places]);
  assert.deepEqual([unfiled.code, /it is not filed in/.test(unfiled.stderr)], [2, true]);
  for (const flags of [
    ['--last', '0'],
    ['--since', 'soon'],
    ['--all', '--last', '1'],
  ])
    assert.equal((await runCli(['undo', ...flags, ...scene.places])).code, 2);
  assert.deepEqual(contents(scene), before);
});
