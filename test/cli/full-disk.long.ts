import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { runCli, Watching } from '../support/cli.ts';
import { groupsIn, placesBelow, sha256 } from '../support/folders.ts';
import { drawPictures } from '../support/pictures.ts';
import { skipWithout } from '../support/skip-without.ts';

const megabyte = 2 ** 20;
const size = 20 * megabyte;
const drawn = await drawPictures(60, 6);

/** Heavy pictures: bytes after the end of a JPEG are not decoded. */
const pictures = drawn.map(({ name, bytes }, i) => ({
  name,
  bytes: Buffer.concat([bytes, Buffer.alloc(400_000, i)]),
}));

type Place = 'inbox' | 'library' | 'state';

function canMount(): boolean {
  return spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;
}

const skip = skipWithout(canMount(), 'this user may not mount');

/** Folders, of which a single one is on a disk of 20 MB. */
function setUp(context: TestContext, small: Place) {
  const folder = mkdtempSync(join(tmpdir(), 'framesort-test-'));
  const { inbox, library, state } = placesBelow(folder);
  const disk = join(folder, small);
  for (const one of [inbox, library, state]) mkdirSync(one);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', disk]);
  context.after(() => {
    execFileSync('umount', ['--lazy', disk]);
    rmSync(folder, { recursive: true, force: true });
  });
  const args = ['--inbox', inbox, '--library', library, '--state', state];
  const problems = async () =>
    JSON.parse((await runCli(['status', '--json', '--library', library, '--state', state])).stdout).problems;
  return { folder, inbox, library, state, disk, args, problems };
}

/** Leaves `leftBytes` of a disk. */
function fill(disk: string, leftBytes: number): string {
  const path = join(disk, '.ballast');
  const { bavail, bsize } = statfsSync(disk);
  for (const step of [
    Math.max(0, bavail * bsize - leftBytes - 65_536),
    ...(leftBytes > 0 ? [] : atomsOfDisk),
  ])
    if (!isWritten(path, Buffer.alloc(step, 1), 'a')) break;
  return path;
}

/** Page by page, until there is none. */
const atomsOfDisk = Array.from({ length: 64 }, () => 4_096);

const complaints = [
  'the disk is nearly full; waiting for room',
  'the store refused; trying again',
  'placing failed and will be tried again',
];

/** Every picture is in one group, and all records agree. */
async function assertFiled(count: number, { library, state }: { library: string; state: string }) {
  const filed = Array.from(groupsIn(library).values()).flat();
  const expected = pictures.slice(0, count).map(({ bytes }) => sha256(bytes));
  assert.deepEqual(filed.map(({ sha }) => sha).sort(), expected.sort());
  const verified = await runCli(['verify', '--deep', '--library', library, '--state', state]);
  assert.equal(verified.code, 0, verified.stdout + verified.stderr);
}

const shortages: readonly (readonly [Place, string, leftBytes: number, freeBytesMin: number])[] = [
  ['library', 'fills up', 2 * megabyte, 0],
  ['library', 'has less room than is to be left', megabyte, 3 * megabyte],
  ['state', 'is full to the last byte', 0, 0],
  ['state', 'has less room than is to be left', megabyte, 3 * megabyte],
];
for (const [small, what, leftBytes, freeBytesMin] of shortages) {
  test(`a ${small} whose disk ${what}: the daemon waits, says so, and goes on by itself`, {
    skip,
  }, async (context) => {
    const given = setUp(context, small);
    const { inbox, disk, args, problems } = given;
    const env = { FRAMESORT_INTAKE_FREE_BYTES_MIN: `${freeBytesMin}` };
    const daemon = await new Watching(args, { env }).ready();
    const ballast = fill(disk, leftBytes);
    for (const { name, bytes } of pictures.slice(0, 30)) writeFileSync(join(inbox, name), bytes);
    await daemon.until(() => daemon.lines.some(({ msg }) => complaints.includes(msg)), 'the log says so');
    // Without a free byte the status cannot be written either.
    if (leftBytes > 0) await daemon.until(async () => (await problems()).length > 0, 'status says so');
    assert.ok(readdirSync(inbox).length > 0);
    rmSync(ballast);
    await daemon.until(() => readdirSync(inbox).length === 0, 'what waited is filed');
    for (const { name, bytes } of pictures.slice(30, 40)) writeFileSync(join(inbox, name), bytes);
    await daemon.until(() => daemon.logged('filed').length === 40, 'the next ones are filed');
    assert.equal(await daemon.end(), 0);
    await assertFiled(40, given);
  });
}

test('sort: a library whose disk is full ends it with "try again", and the next run files what is left', {
  skip,
}, async (context) => {
  const given = setUp(context, 'library');
  const { inbox, library, state, disk } = given;
  const env = { FRAMESORT_INTAKE_FREE_BYTES_MIN: '0' };
  const args = ['sort', inbox, library, '--state', state];
  for (const { name, bytes } of pictures.slice(0, 10)) writeFileSync(join(inbox, name), bytes);
  assert.equal((await runCli(args, { env })).code, 0);
  const ballast = fill(disk, 0);
  for (const { name, bytes } of pictures.slice(10, 20)) writeFileSync(join(inbox, name), bytes);
  const { code, stderr } = await runCli(args, { env });
  assert.equal(code, 75, stderr);
  assert.match(stderr, /^framesort: ENOSPC/m);
  assert.doesNotMatch(stderr, /^ +at /m);
  rmSync(ballast);
  assert.equal((await runCli(args, { env })).code, 0);
  await assertFiled(20, given);
});

test('an inbox whose disk is full: it is emptied, and what comes later is filed', {
  skip,
}, async (context) => {
  const given = setUp(context, 'inbox');
  const daemon = await new Watching(given.args).ready();
  let refusals = 0;
  for (const { name, bytes } of pictures) {
    const unfinished = join(given.inbox, `.${name}`);
    while (!isWritten(unfinished, bytes)) {
      refusals++;
      await delay(20);
    }
    renameSync(unfinished, join(given.inbox, name));
  }
  assert.ok(refusals > 0);
  await daemon.until(() => daemon.logged('filed').length === pictures.length, 'all are filed');
  assert.equal(await daemon.end(), 0);
  await assertFiled(pictures.length, given);
});

/** False when the disk is full. */
function isWritten(path: string, bytes: Buffer, flag = 'w'): boolean {
  try {
    writeFileSync(path, bytes, { flag });
    return true;
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
    return false;
  }
}
