import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCli } from '../support/cli.ts';
import { filesBelow, groupsIn, testFolder } from '../support/folders.ts';
import { drawPictures } from '../support/pictures.ts';
import { skipWithout } from '../support/skip-without.ts';

const film = await drawPictures(40);
const [first] = film;
const same = film.filter(({ place }) => place === first?.place);
const other = film.find(({ place }) => place !== first?.place);
assert.ok(first && same[1] && other);

/** A mount namespace in which the folder is a separate mount. */
const within = (folder: string, more = 'true') => {
  const script = `mount --bind "$0" "$0" && ${more} && exec "$@"`;
  return ['unshare', '--mount', 'sh', '-c', script, folder];
};
const readOnly = 'mount -o remount,ro,bind "$0"';

function mayMount(folder: string): boolean {
  const [command = '', ...args] = within(folder);
  return spawnSync(command, [...args, 'true']).status === 0;
}

for (const [what, more, reason] of [
  ['read-only', readOnly, /not filed: .*EROFS/],
  ['a mount of its own', 'true', /not filed: .*is a mount of its own, and a library is on one disk/],
] as const)
  test(`while one group's folder is ${what}, its pictures wait and the others are filed`, async (context) => {
    const folder = testFolder(context);
    const skip = skipWithout(mayMount(folder), 'this user may not mount');
    if (skip) return context.skip(skip);
    const [inbox, library] = [join(folder, 'inbox'), join(folder, 'library')];
    const drop = (name: string, bytes: Buffer) => writeFileSync(join(inbox, name), bytes);
    mkdirSync(inbox);
    drop('first.jpg', first.bytes);
    assert.equal((await runCli(['sort', inbox, library])).code, 0);
    const [group] = Array.from(groupsIn(library).keys());

    drop('a-waits.jpg', same[1]?.bytes as Buffer);
    drop('b-other.jpg', other.bytes);
    const { code, stderr } = await runCli(['sort', inbox, library], {
      within: within(join(library, group as string), more),
    });
    assert.equal(code, 3, stderr);
    assert.match(stderr, reason);
    assert.deepEqual(
      filesBelow(inbox).map(({ path }) => path),
      ['a-waits.jpg'],
    );
    assert.equal(groupsIn(library).size, 2);

    assert.equal((await runCli(['sort', inbox, library])).code, 0);
    assert.equal(groupsIn(library).get(group as string)?.length, 2);
  });
