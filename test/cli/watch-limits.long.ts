import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, renameSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCli, Watching } from '../support/cli.ts';
import { placesBelow, testFolder } from '../support/folders.ts';
import { drawPictures, type Picture } from '../support/pictures.ts';
import { skipWithout } from '../support/skip-without.ts';

/** The system's limit of watches, for one process and its children. */
const within = [
  'unshare',
  '--user',
  '--map-root-user',
  'sh',
  '-c',
  'echo 2 > /proc/sys/user/max_inotify_watches && exec "$0" "$@"',
];
const canLimit = spawnSync(within[0] as string, [...within.slice(1), 'true']).status === 0;
const pictures = await drawPictures(4, 2);

function setUp(folder: string) {
  const { inbox, library, state } = placesBelow(folder);
  const args = ['--inbox', inbox, '--library', library, '--state', state];
  const told = async () =>
    JSON.parse((await runCli(['status', '--json', '--library', library, '--state', state])).stdout)
      .inboxes[0];
  return { folder, inbox, args, told };
}

/** Renamed into place, so that it settles at once. */
function drop({ name, bytes }: Picture, aside: string, into: string): void {
  writeFileSync(join(aside, name), bytes);
  renameSync(join(aside, name), join(into, name));
}

test('more folders than the system watches: they are polled, and status says what to raise', {
  skip: skipWithout(canLimit, 'this user may not set limits'),
}, async (context) => {
  const { folder, inbox, args, told } = setUp(testFolder(context));
  const folders = ['a', 'b', 'c', 'd'].map((name) => join(inbox, name));
  for (const one of folders) mkdirSync(one, { recursive: true });
  const daemon = await new Watching(args, { within }).ready();
  await daemon.until(async () => (await told())?.watching === 'polling', 'the inbox is polled');
  assert.match((await told()).why, /fs\.inotify\.max_user_watches/);
  for (const [i, one] of folders.entries()) drop(pictures[i] as Picture, folder, one);
  await daemon.until(() => daemon.logged('filed').length === folders.length, 'all pictures are filed');
  assert.equal(await daemon.end(), 0);
});

test('an inbox that can not be made yet is waited for', async (context) => {
  const { folder, inbox, args, told } = setUp(testFolder(context));
  writeFileSync(inbox, 'a file stands in its place');
  const daemon = await new Watching(args).ready();
  await daemon.until(async () => (await told())?.watching === 'missing', 'the inbox is missing');
  assert.match((await told()).why, /no folder/);
  renameSync(inbox, join(folder, 'aside'));
  mkdirSync(inbox);
  drop(pictures[0] as Picture, folder, inbox);
  await daemon.until(() => daemon.logged('filed').length === 1, 'the picture is filed');
  rmdirSync(inbox);
  await daemon.until(async () => (await told())?.watching === 'missing', 'the inbox is missing again');
  mkdirSync(inbox);
  drop(pictures[1] as Picture, folder, inbox);
  await daemon.until(() => daemon.logged('filed').length === 2, 'the next picture is filed');
  assert.equal(await daemon.end(), 0);
});
