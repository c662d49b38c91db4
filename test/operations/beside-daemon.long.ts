import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { until, Watching } from '../support/cli.ts';
import { assertAgrees, contents, foldersOf, library, pictures, run } from '../support/filed-library.ts';
import { sha256 } from '../support/folders.ts';

test('beside a daemon the same is done by it, and pictures that come join the group that is left', async (context) => {
  const scene = await library(context);
  const before = contents(scene);
  const [into, from] = foldersOf(scene) as [string, string];
  const daemon = await new Watching(['--inbox', scene.inbox, ...scene.places]).ready();
  const done = await run(scene, 'merge', from, into);
  const moved = Object.keys(before).filter((path) => dirname(path) === from);
  assert.deepEqual([done.code, done.said.moved], [0, moved.length], done.stderr);
  const again = pictures.find(({ bytes }) => before[moved[0] as string] === sha256(bytes));
  writeFileSync(join(scene.inbox, 'again.jpg'), again?.bytes as Buffer);
  await until(() => contents(scene)[join(into, 'again.jpg')] !== undefined, 'its double joins it');
  const undone = await run(scene, 'undo');
  assert.deepEqual([undone.code, undone.said.moved], [0, moved.length], undone.stderr);
  assert.equal(await daemon.end(), 0);
  const after = contents(scene);
  assert.equal(after[join(into, 'again.jpg')], before[moved[0] as string]);
  delete after[join(into, 'again.jpg')];
  assert.deepEqual(after, before);
  await assertAgrees(scene);
});
