import assert from 'node:assert/strict';
import { renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileFilter } from '../../src/ingest/file-filter.ts';
import { Intake, type SettledFile } from '../../src/ingest/intake.ts';
import { type Clock, systemClock } from '../../src/lib/async/clock.ts';
import { type FileSystem, nodeFileSystem } from '../../src/lib/fs/file-system.ts';
import { FakeClock } from '../support/clock.ts';
import { faultyFiles, systemError } from '../support/faulty-files.ts';
import { testFolder } from '../support/folders.ts';

const settleMs = 60;

function setUp(
  context: TestContext,
  files = nodeFileSystem,
  backlogFramesMax = 8,
  clock: Clock = systemClock,
) {
  const known = new Set<string>();
  const isKnown = async (path: string, identity: string) => known.has(`${path} ${identity}`);
  const stop = new AbortController();
  context.after(() => stop.abort());
  const folders: string[] = [];
  const onFolder = (path: string) => void folders.push(path);
  const intake = new Intake({ settleMs, backlogFramesMax, isKnown, onFolder }, files, clock);
  const frames = intake.frames(stop.signal);
  const next = async () => ((await frames.next()) as IteratorYieldResult<SettledFile>).value;
  return { folder: testFolder(context), intake, next, known, stop, folders };
}

function write(folder: string, name: string, content: string, ageS = 0): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  const when = Date.now() / 1000 - ageS;
  if (ageS > 0) utimesSync(path, when, when);
  return path;
}

test('a file written just now is taken when it has settled, with no further hint', async (context) => {
  const { folder, intake, next } = setUp(context);
  const path = write(folder, 'a.jpg', 'content');
  assert.equal(intake.offer(path), true);
  assert.equal((await next()).path, path);
});

test('a file that is written to again waits again', async (context) => {
  const { folder, intake, next } = setUp(context);
  const path = write(folder, 'a.jpg', 'first');
  intake.offer(path);
  const taken = next();
  await delay(settleMs / 2);
  write(folder, 'a.jpg', 'first and second');
  const { facts } = await taken;
  assert.equal(facts.sizeBytes, 'first and second'.length);
});

test('files come in the order in which they were offered', async (context) => {
  const { folder, intake, next } = setUp(context);
  const paths = ['c', 'a', 'b'].map((name) => write(folder, name, name, 60));
  for (const path of paths) intake.offer(path);
  assert.deepEqual([(await next()).path, (await next()).path, (await next()).path], paths);
});

test('a file that settles while others are looked at does not overtake them', async (context) => {
  const clock = new FakeClock();
  const mtimeMs = clock.now() - settleMs + 15;
  const slowDisk: FileSystem = {
    ...nodeFileSystem,
    stat: async (path) => {
      clock.pass(10);
      return { ...(await nodeFileSystem.stat(path)), mtimeMs, ctimeMs: mtimeMs };
    },
  };
  const { folder, intake, next } = setUp(context, slowDisk, 8, clock);
  const paths = ['c', 'a', 'b'].map((name) => write(folder, name, name));
  for (const path of paths) intake.offer(path);
  const taken = (async () => [await next(), await next(), await next()])();
  for (let i = 0; i < 20; i++) await delay(5).then(() => clock.pass(10));
  assert.deepEqual(
    (await taken).map(({ path }) => path),
    paths,
  );
});

test('what was dealt with before, what is gone and what is no file is passed over', async (context) => {
  const { folder, intake, next, known, folders } = setUp(context);
  const [old, gone, good] = ['old', 'gone', 'good'].map((name) => write(folder, name, name, 60)) as [
    string,
    string,
    string,
  ];
  known.add(`${old} ${(await nodeFileSystem.stat(old)).identity}`);
  rmSync(gone);
  for (const path of [old, gone, folder, good]) intake.offer(path);
  assert.equal((await next()).path, good);
  assert.deepEqual(folders, [folder]);
  intake.release(good);
  assert.deepEqual(intake.backlog, { waiting: 0, underWay: 0 });
});

test('a hint for a file under way is kept: its replacement is looked at when it is released', async (context) => {
  const { folder, intake, next } = setUp(context);
  const path = write(folder, 'a.jpg', 'first', 60);
  intake.offer(path);
  assert.equal((await next()).facts.sizeBytes, 5);
  renameSync(write(folder, 'other', 'replaced', 60), path);
  intake.offer(path);
  const again = next();
  intake.release(path);
  assert.equal((await again).facts.sizeBytes, 8);
});

test('no more files are under way than allowed, until one is released', async (context) => {
  const { folder, intake, next } = setUp(context, nodeFileSystem, 2);
  for (const name of ['a', 'b', 'c']) intake.offer(write(folder, name, name, 60));
  const first = await next();
  await next();
  let isTaken = false;
  const third = next().then(({ path }) => {
    isTaken = true;
    return path;
  });
  await delay(settleMs);
  assert.equal(isTaken, false);
  assert.deepEqual(intake.backlog, { waiting: 1, underWay: 2 });
  intake.release(first.path);
  assert.equal(await third, join(folder, 'c'));
});

test('what a disk refuses is a problem that says what it is, and is tried again', async (context) => {
  let refusals = 1;
  const files = faultyFiles(({ verb }) => {
    if (verb === 'stat' && refusals-- > 0) throw systemError('EIO');
  });
  const { folder, intake, next } = setUp(context, files);
  const path = write(folder, 'a.jpg', 'a', 60);
  intake.offer(path);
  const taken = next();
  while (Array.from(intake.problems()).length === 0) await delay(1);
  const [problem] = intake.problems();
  assert.match(problem?.message ?? '', /EIO/);
  assert.equal(problem?.tries, 1);
  assert.equal((await taken).path, path);
  assert.deepEqual(Array.from(intake.problems()), []);
});

test('what the pipeline puts back counts its tries, and is no longer waited for', async (context) => {
  const { folder, intake, next, stop } = setUp(context);
  const path = write(folder, 'a.jpg', 'a', 60);
  intake.offer(path);
  await next();
  intake.postpone(path, systemError('ENOSPC'), 1);
  assert.equal(intake.triesOf(path), 1);
  await intake.whenIdle(stop.signal);
  assert.equal((await next()).path, path);
  intake.postpone(path, systemError('ENOSPC'), 2);
  assert.equal(intake.triesOf(path), 2);
  intake.release(path);
  assert.equal(intake.triesOf(path), 0);
});

test('names that are hidden, unfinished or ignored are left alone', () => {
  const isAccepted = fileFilter({ ignore: ['*.xmp'], ignoreBuiltin: true });
  const left = [
    '.hidden',
    '.a.jpg.Xy3kQ2',
    'a.jpg~',
    'a.part',
    'A.TMP',
    'a.crdownload',
    'thumbs.DB',
    'a.xmp',
  ];
  for (const name of left) assert.equal(isAccepted(name), false, name);
  const taken = ['a.jpg', 'no extension', '-rf', 'two\nlines.jpg', 'part.jpg', 'x.xmp.png', '\u{1f4f7}.webp'];
  for (const name of taken) assert.equal(isAccepted(name), true, name);
  const isAcceptedWithout = fileFilter({ ignore: ['*.xmp'], ignoreBuiltin: false });
  assert.deepEqual(['@eaDir', 'a.xmp', 'a.part'].map(isAcceptedWithout), [true, false, false]);
});
