import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCli } from '../support/cli.ts';
import { filesBelow, groupsIn, testFolder } from '../support/folders.ts';
import { drawPictures } from '../support/pictures.ts';

const film = await drawPictures(40);
const [first] = film;
const same = film.filter(({ place }) => place === first?.place);
const other = film.find(({ place }) => place !== first?.place);
assert.ok(first && same[1] && other);

/** A namespace of its own in which the folder that comes next is read-only. */
const readOnly = ['sh', '-c', 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'];
const within = (folder: string) => ['unshare', '--mount', ...readOnly, folder];

function mayMount(folder: string): boolean {
  const [command = '', ...args] = within(folder);
  return spawnSync(command, [...args, 'true']).status === 0;
}

test("while one group's folder is read-only, its pictures wait and the others are filed", async (context) => {
  const folder = testFolder(context);
  if (!mayMount(folder)) return context.skip('mounts are not allowed here');
  const [inbox, library] = [join(folder, 'inbox'), join(folder, 'library')];
  const drop = (name: string, bytes: Buffer) => writeFileSync(join(inbox, name), bytes);
  mkdirSync(inbox);
  drop('first.jpg', first.bytes);
  assert.equal((await runCli(['sort', inbox, library])).code, 0);
  const [group] = Array.from(groupsIn(library).keys());

  drop('a-waits.jpg', same[1]?.bytes as Buffer);
  drop('b-other.jpg', other.bytes);
  const { code, stderr } = await runCli(['sort', inbox, library], {
    within: within(join(library, group as string)),
  });
  assert.equal(code, 3, stderr);
  assert.match(stderr, /not filed: .*EROFS/);
  assert.deepEqual(
    filesBelow(inbox).map(({ path }) => path),
    ['a-waits.jpg'],
  );
  assert.equal(groupsIn(library).size, 2);

  assert.equal((await runCli(['sort', inbox, library])).code, 0);
  assert.equal(groupsIn(library).get(group as string)?.length, 2);
});
