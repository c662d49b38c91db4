import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCli } from '../support/cli.ts';
import { filesBelow, groupsIn, shaList, testFolder } from '../support/folders.ts';
import { drawPictures } from '../support/pictures.ts';

const film = await drawPictures(40);
const [first] = film;
const other = film.find(({ place }) => place !== first?.place);
assert.ok(first && other);
const [one, two] = [first.bytes, other.bytes];

async function sort(folder: string, name: string, bytes: Buffer) {
  mkdirSync(join(folder, 'inbox'), { recursive: true });
  writeFileSync(join(folder, 'inbox', name), bytes);
  const { code, stderr } = await runCli(['sort', join(folder, 'inbox'), join(folder, 'library')]);
  return { code, stderr };
}

test("nothing is written through a link that took the place of a group's folder", async (context) => {
  const folder = testFolder(context);
  assert.equal((await sort(folder, 'first.jpg', one)).code, 0);
  const [group] = Array.from(groupsIn(join(folder, 'library')).keys());
  assert.ok(group);
  const [inside, outside] = [join(folder, 'library', group), join(folder, 'outside')];
  renameSync(inside, outside);
  symlinkSync(outside, inside);
  const before = shaList(outside);

  const waiting = await sort(folder, 'second.jpg', one);
  assert.equal(waiting.code, 3);
  assert.match(waiting.stderr, /it is a link, and nothing is written through links/);
  assert.deepEqual(shaList(outside), before);
  assert.deepEqual(
    filesBelow(join(folder, 'inbox')).map(({ path }) => path),
    ['second.jpg'],
  );
  assert.equal((await sort(folder, 'other.jpg', two)).code, 3);
  assert.equal(groupsIn(join(folder, 'library')).size, 1, 'pictures of other groups are filed');

  rmSync(inside);
  renameSync(outside, inside);
  assert.equal((await sort(folder, 'third.jpg', one)).code, 0);
  const names = groupsIn(join(folder, 'library'))
    .get(group)
    ?.map(({ path }) => path);
  assert.deepEqual(
    names,
    ['first.jpg', 'second.jpg', 'third.jpg'].map((name) => join(group, name)),
  );
  const verified = await runCli(['verify', '--deep', '--library', join(folder, 'library')]);
  assert.equal(verified.code, 0, verified.stdout);
});

test('a library whose own folder is a link is not opened', async (context) => {
  const folder = testFolder(context);
  assert.equal((await sort(folder, 'first.jpg', one)).code, 0);
  const own = join(folder, 'library', '.framesort');
  renameSync(own, join(folder, 'elsewhere'));
  symlinkSync(join(folder, 'elsewhere'), own);
  const refused = await sort(folder, 'second.jpg', two);
  assert.equal(refused.code, 78);
  assert.match(refused.stderr, /is a link/);
  assert.deepEqual(
    filesBelow(join(folder, 'inbox')).map(({ path }) => path),
    ['second.jpg'],
  );
});
