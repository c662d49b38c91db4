import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { runCli } from '../support/cli.ts';
import { filesBelow, groupsIn, quarantineIn, sha256, shaList, testFolder } from '../support/folders.ts';
import { drawFormats, drawPictures, truncated } from '../support/pictures.ts';
import { skipWithout } from '../support/skip-without.ts';

const formats = await drawFormats(['jpeg', 'png', 'webp', 'avif', 'tiff', 'gif']);
const frames = await drawPictures(16);

function drop(folder: string, path: string, bytes: Buffer): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), bytes);
}

function fill(folder: string): void {
  for (const { name, bytes } of formats) drop(folder, name, bytes);
  for (const [i, { name, bytes }] of frames.entries())
    drop(folder, i % 2 === 0 ? name : `deep/er/${name}`, bytes);
}

async function sort(folder: string, ...more: string[]) {
  const args = ['sort', join(folder, 'inbox'), join(folder, 'library'), '--json', ...more];
  const { code, stdout, stderr } = await runCli(args, { env: homeIn(folder) });
  const lines = stdout.trim().split('\n');
  return { code, stderr, summary: JSON.parse(lines.at(-1) ?? 'null') };
}

function homeIn(folder: string) {
  const [home, temporary] = [join(folder, 'home'), join(folder, 'temporary')];
  for (const one of [home, temporary]) mkdirSync(one, { recursive: true });
  return { HOME: home, TMPDIR: temporary, XDG_CACHE_HOME: undefined };
}

const shas = (folder: string) =>
  filesBelow(folder)
    .map(({ sha }) => sha)
    .sort();

for (const mode of ['move', 'copy', 'hardlink', 'reflink', 'symlink']) {
  test(`${mode}: every picture is in one group, unaltered, and a second run changes nothing`, async (context) => {
    const folder = testFolder(context);
    fill(join(folder, 'inbox'));
    const before = shas(join(folder, 'inbox'));
    const first = await sort(folder, '--mode', mode);
    assert.equal(first.code, 0, first.stderr);
    const { frames: filed, joined, founded, groups, quarantined } = first.summary;
    assert.deepEqual({ filed, quarantined }, { filed: before.length, quarantined: 0 });
    assert.equal(joined + founded, filed);
    const inGroups = Array.from(groupsIn(join(folder, 'library')).values()).flat();
    assert.deepEqual(inGroups.map(({ sha }) => sha).sort(), before);
    assert.equal(groupsIn(join(folder, 'library')).size, groups);
    assert.deepEqual(shas(join(folder, 'inbox')), mode === 'move' ? [] : before);

    const after = shaList(join(folder, 'library')).filter((line) => !line.includes('.framesort/'));
    const second = await sort(folder, '--mode', mode);
    assert.deepEqual({ code: second.code, frames: second.summary.frames }, { code: 0, frames: 0 });
    const again = shaList(join(folder, 'library')).filter((line) => !line.includes('.framesort/'));
    assert.deepEqual(again, after);
    const verified = await runCli(['verify', '--deep', '--library', join(folder, 'library')]);
    assert.equal(verified.code, 0, verified.stdout + verified.stderr);
  });
}

test('a copy keeps time and mode; files of one name get suffixes; nothing of others is overwritten', async (context) => {
  const folder = testFolder(context);
  const [one, two] = frames;
  assert.ok(one && two);
  drop(folder, 'inbox/a/picture.jpg', one.bytes);
  drop(folder, 'inbox/b/picture.jpg', two.bytes);
  drop(folder, 'library/scene-0001/picture.jpg', Buffer.from('mine'));
  const source = statSync(join(folder, 'inbox/a/picture.jpg'));
  assert.equal((await sort(folder, '--mode', 'copy')).code, 0);
  const files = Array.from(groupsIn(join(folder, 'library')).values()).flat();
  assert.ok(
    files.some(({ path, sha }) => path === 'scene-0001/picture.jpg' && sha === sha256(Buffer.from('mine'))),
  );
  const placed = files.find(({ sha }) => sha === sha256(one.bytes));
  assert.ok(placed);
  assert.equal(placed.stats.mode, source.mode);
  assert.ok(Math.abs(placed.stats.mtimeMs - source.mtimeMs) < 1);
  assert.equal(files.length, 3);
});

test('nothing is written outside the folders that were named, by us or by the libraries we stand on', async (context) => {
  const folder = testFolder(context);
  for (const { name, bytes } of frames) drop(folder, `inbox/${name}`, bytes);
  const systemTemporary = new Set(readdirSync('/tmp'));
  assert.equal((await sort(folder)).code, 0);
  assert.deepEqual(readdirSync(join(folder, 'home')), []);
  assert.deepEqual(readdirSync(join(folder, 'temporary')), []);
  const traces = readdirSync('/tmp').filter((name) => !systemTemporary.has(name) && /^mat-debug/.test(name));
  assert.deepEqual(traces, []);
});

test('--dry-run says what would be done and touches nothing', async (context) => {
  const folder = testFolder(context);
  fill(join(folder, 'inbox'));
  const before = shaList(folder);
  const { code, summary } = await sort(folder, '--dry-run');
  assert.deepEqual({ code, frames: summary.frames }, { code: 0, frames: formats.length + frames.length });
  assert.deepEqual(shaList(folder), before);
});

test('what is no picture goes to quarantine with its bytes and a reason, and the rest is filed', async (context) => {
  const folder = testFolder(context);
  const [good, bad] = frames;
  assert.ok(good && bad);
  drop(folder, 'inbox/good.jpg', good.bytes);
  drop(folder, 'inbox/cut.jpg', truncated(bad.bytes));
  drop(folder, 'inbox/text.jpg', Buffer.from('no picture'));
  const { code, summary } = await sort(folder);
  assert.deepEqual(
    { code, frames: summary.frames, quarantined: summary.quarantined },
    { code: 3, frames: 1, quarantined: 2 },
  );
  const kept = quarantineIn(join(folder, 'library')).map(({ sha }) => sha);
  assert.ok(kept.includes(sha256(truncated(bad.bytes))));
  assert.ok(kept.includes(sha256(Buffer.from('no picture'))));
});

test('a picture from a time that no calendar knows is filed like any other', async (context) => {
  const folder = testFolder(context, existsSync('/dev/shm') ? '/dev/shm' : undefined);
  const [one, two] = frames;
  assert.ok(one && two);
  drop(folder, 'inbox/far.jpg', one.bytes);
  drop(folder, 'inbox/near.jpg', two.bytes);
  const far = join(folder, 'inbox/far.jpg');
  spawnSync('touch', ['--date', '@9000000000000', far]);
  const reason = skipWithout(statSync(far).mtimeMs > 9e15, 'the file system does not store this time');
  if (reason) return context.skip(reason);
  const { code, summary, stderr } = await sort(folder);
  assert.deepEqual({ code, frames: summary?.frames }, { code: 0, frames: 2 }, stderr);
});

test('explain says in words why a picture is where it is', async (context) => {
  const folder = testFolder(context);
  for (const { name, bytes } of frames) drop(folder, `inbox/${name}`, bytes);
  await sort(folder);
  const [file] = Array.from(groupsIn(join(folder, 'library')).values()).flat();
  const { code, stdout } = await runCli(['explain', join(folder, 'library', file?.path ?? '')]);
  assert.equal(code, 0);
  assert.match(stdout, /It founded its group/);
});
