import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openDaemon } from '../../src/app/daemon.ts';
import { loadConfig } from '../../src/config/load.ts';
import { fromBytes, toSystem } from '../../src/lib/fs/byte-path.ts';
import { openLog } from '../../src/lib/logger.ts';
import { openExtractor } from '../../src/vision/open.ts';
import { runCli, until, Watching } from '../support/cli.ts';
import { filesBelow, groupsIn, quarantineIn, sha256, testFolder } from '../support/folders.ts';
import { hugePng } from '../support/hostile.ts';
import { misbehavingOn } from '../support/misbehaving-decoder.ts';
import { drawPictures, truncated } from '../support/pictures.ts';
import { decodersOf, isRunning } from '../support/process.ts';

const [first, second, third, fourth, spare] = (await drawPictures(5, 9)).map(({ bytes }) => bytes) as [
  Buffer,
  Buffer,
  Buffer,
  Buffer,
  Buffer,
];

/** Good pictures with odd names. */
const oddlyNamed = new Map<string, Buffer>([
  ['two\nlines.jpg', first],
  [`${'n'.repeat(251)}.jpg`, second],
  [fromBytes(Buffer.from('caf\xe9 \xff.jpg', 'latin1')), third],
  ['-rf $HOME; "plain" \u{1f4f7}.jpg', fourth],
]);

/** Files without a picture, and the allowed reasons. */
const unusable = new Map<string, { bytes: Buffer; reasons: readonly string[] }>([
  ['empty.jpg', { bytes: Buffer.alloc(0), reasons: ['empty'] }],
  ['text.jpg', { bytes: Buffer.from('this is no picture\n'), reasons: ['not-an-image'] }],
  ['cut.jpg', { bytes: truncated(spare), reasons: ['truncated', 'damaged'] }],
  ['bomb.png', { bytes: hugePng(60_000, 60_000), reasons: ['too-many-pixels'] }],
]);

/** Permissions stop everybody but root: if possible, the daemon runs as another user. */
const nobody = { uid: 65_534, gid: 65_534 };
const dist = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const canBeNobody =
  process.getuid?.() === 0 &&
  spawnSync(process.execPath, [dist, '--version'], { ...nobody, env: {} }).status === 0;

function write(path: string, bytes: Buffer): void {
  writeFileSync(toSystem(path), bytes);
}

function places(folder: string) {
  const [inbox, library, state] = [join(folder, 'inbox'), join(folder, 'library'), join(folder, 'state')];
  for (const one of [folder, inbox, library, state]) {
    mkdirSync(one, { recursive: true });
    if (canBeNobody) chownSync(one, nobody.uid, nobody.gid);
  }
  const args = ['--inbox', inbox, '--library', library, '--state', state];
  return { inbox, library, state, args, options: canBeNobody ? nobody : {} };
}

test('among unreadable things good pictures are filed, each of the others is kept and reported', async (context) => {
  const { inbox, library, state, args, options } = places(testFolder(context));
  for (const [name, { bytes }] of unusable) write(join(inbox, name), bytes);
  execFileSync('mkfifo', [join(inbox, 'pipe.jpg')]);
  symlinkSync('loop.jpg', join(inbox, 'loop.jpg'));
  symlinkSync('/etc/hostname', join(inbox, 'elsewhere.jpg'));
  write(join(inbox, 'locked.jpg'), spare);
  chmodSync(join(inbox, 'locked.jpg'), 0);
  const daemon = await new Watching(args, {
    env: { FRAMESORT_INTAKE_INCOMPLETE_MS: '0' },
    ...options,
  }).ready();
  for (const [name, bytes] of oddlyNamed) write(join(inbox, name), bytes);

  const filed = oddlyNamed.size + (canBeNobody ? 0 : 1);
  await daemon.until(() => daemon.logged('filed').length >= filed, 'the good pictures are filed');
  await daemon.until(() => quarantineIn(library).length >= unusable.size, 'the others are in quarantine');
  const told = async () =>
    JSON.parse((await runCli(['status', '--json', '--library', library, '--state', state])).stdout);
  const isTold = async () => {
    const { odd, problems } = await told();
    return odd.length === 3 && problems.length === (canBeNobody ? 1 : 0);
  };
  await daemon.until(isTold, 'status tells of what was left');
  const status = await told();

  const groups = Array.from(groupsIn(library).values()).flat();
  for (const [name, bytes] of oddlyNamed) {
    const there = groups.find(({ path }) => basename(path) === name);
    assert.equal(there?.sha, sha256(bytes), `${JSON.stringify(name)} is filed under its own name`);
  }
  for (const [name, { bytes, reasons }] of unusable) {
    const kept = quarantineIn(library).find(({ path }) => basename(path) === name);
    assert.ok(kept, `${name} is in quarantine`);
    assert.equal(kept.sha, sha256(bytes));
    const note = join(library, dirname(kept.path), 'reason.json');
    const { reason, message } = JSON.parse(readFileSync(note, 'utf8'));
    assert.ok(reasons.includes(reason), `${name}: ${reason}`);
    assert.ok(message.length > 0);
    assert.ok(status.quarantined.some((one: { source: string }) => one.source.endsWith(`/${name}`)));
  }
  const odd = status.odd.map(({ path }: { path: string }) => basename(path)).sort();
  assert.deepEqual(odd, ['elsewhere.jpg', 'loop.jpg', 'pipe.jpg']);
  for (const name of odd) assert.ok(lstatSync(join(inbox, name)), `${name} is left where it was`);
  if (canBeNobody) {
    assert.ok(existsSync(join(inbox, 'locked.jpg')));
    const waiting = status.problems.find(({ what }: { what: string }) => what.endsWith('/locked.jpg'));
    assert.match(waiting.message, /EACCES/);
    chmodSync(join(inbox, 'locked.jpg'), 0o644);
    chownSync(join(inbox, 'locked.jpg'), nobody.uid, nobody.gid);
    await daemon.until(
      () => !existsSync(join(inbox, 'locked.jpg')),
      'what was locked is filed once it can be read',
    );
  }
  assert.equal(await daemon.end(), 0);
  const verified = await runCli(['verify', '--deep', '--library', library, '--state', state]);
  assert.equal(verified.code, 0, verified.stdout + verified.stderr);
});

const collection =
  process.env.FRAMESORT_DATA ?? fileURLToPath(new URL('../../../shared/data', import.meta.url));
const odd = join(collection, 'odd');

/** Unusable files of the collection, with the reasons. All other files are filed. */
const oddReasons = {
  'Pillow__broken.png': 'damaged',
  'Pillow__shortfile.bmp': 'truncated',
  'Pillow__truncated_image.png': 'truncated',
  'Pillow__truncated_jpeg.jpg': 'truncated',
  'image__Bad_height.bmp': 'too-many-pixels',
  'image__oss-fuzz-36829.jpeg': 'damaged',
  'libvips__17000x17000.avif': 'too-many-pixels',
  'libvips__truncated.gif': 'truncated',
  'libvips__truncated.jpg': 'truncated',
  'manifest.csv': 'not-an-image',
  'sharp__corrupt-header.jpg': 'truncated',
  'sharp__giant-image.jpg': 'too-many-pixels',
  'sharp__truncated.png': 'truncated',
};

test('a collection of files that break decoders: each is filed unchanged or kept with a reason', {
  skip: existsSync(odd) ? false : 'the collection is not here',
}, async (context) => {
  const { inbox, library, state } = places(testFolder(context));
  cpSync(odd, inbox, { recursive: true });
  const before = filesBelow(inbox)
    .map(({ sha }) => sha)
    .sort();
  const sorted = await runCli(['sort', inbox, library, '--state', state, '--json']);
  assert.ok(sorted.code === 0 || sorted.code === 3, sorted.stderr);
  const left = filesBelow(inbox).filter(({ stats }) => stats.isFile());
  const after = [...left, ...Array.from(groupsIn(library).values()).flat(), ...quarantineIn(library)];
  assert.deepEqual(after.map(({ sha }) => sha).sort(), before);
  const reasons = quarantineIn(library).map(({ path }) => {
    const { reason } = JSON.parse(readFileSync(join(library, dirname(path), 'reason.json'), 'utf8'));
    return [basename(path), reason];
  });
  assert.deepEqual(Object.fromEntries(reasons), oddReasons);
});

test('decoders that crash, never end or eat memory cost one picture each', async (context) => {
  const { inbox, library, state } = places(testFolder(context));
  write(join(inbox, 'good.jpg'), first);
  write(join(inbox, 'bomb.png'), hugePng(60_000, 60_000));
  for (const request of ['crash', 'loop', 'eat-memory'] as const)
    write(join(inbox, `${request}.jpg`), misbehavingOn(second, request));
  const limits = { 'decode.timeoutMs': 3_000, 'decode.memoryBytesMax': 400 * 2 ** 20, 'intake.settleMs': 1 };
  const flags = {
    inbox: [inbox],
    library,
    state,
    'intake.incompleteMs': 0,
    'log.level': 'silent',
    ...limits,
  };
  const { config } = loadConfig({ flags, environment: {} });
  const program = new URL('../support/misbehaving-decoder.ts', import.meta.url);
  const extractor = await openExtractor(config, program);
  context.after(() => extractor.close());
  const daemon = await openDaemon({ config, library, state, extractor, log: openLog(config.log) });
  await daemon.sortOnce(new AbortController().signal);
  await daemon.close();

  const kept = quarantineIn(library).map(({ path, sha }) => {
    const { reason } = JSON.parse(readFileSync(join(library, dirname(path), 'reason.json'), 'utf8'));
    assert.equal(sha, sha256(readFileSync(join(library, path))));
    return [basename(path), reason];
  });
  assert.deepEqual(Object.fromEntries(kept), {
    'bomb.png': 'too-many-pixels',
    'crash.jpg': 'decoder-crashed',
    'eat-memory.jpg': 'decoder-out-of-memory',
    'loop.jpg': 'decoder-timed-out',
  });
  assert.deepEqual(
    Array.from(groupsIn(library).values())
      .flat()
      .map(({ sha }) => sha),
    [sha256(first)],
  );
});

test('however the daemon ends, no decoder is left behind', async (context) => {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const { args } = places(testFolder(context));
    const daemon = await new Watching(args).ready();
    const decoders = decodersOf(daemon.pid);
    assert.ok(decoders.length > 0);
    await daemon.end(signal);
    await until(() => !decoders.some(isRunning), `after ${signal} the decoders end`);
  }
});
