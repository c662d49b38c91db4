import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Mode, markerFile } from '../../src/domain/placement.ts';
import { isTransient } from '../../src/lib/errors.ts';
import { type FileSystem, nodeFileSystem } from '../../src/lib/fs/file-system.ts';
import type { PlaceOrder, PlaceStep } from '../../src/library/placing/place-order.ts';
import { Placer } from '../../src/library/placing/placer.ts';
import { Crash, crashingAfter, faultyFiles, systemError } from '../support/faulty-files.ts';
import { filesBelow, sha256, testFolder } from '../support/folders.ts';

const content = Buffer.from('the bytes of a picture');
const others = Buffer.from('the bytes of another');
const when = new Date('2024-01-31T12:01:02Z');
const modes: readonly Mode[] = ['move', 'copy', 'hardlink', 'reflink', 'symlink'];

interface Scene {
  readonly inbox: string;
  readonly library: string;
  readonly order: PlaceOrder;
}

async function scene(context: TestContext, mode: Mode, libraryIn?: string): Promise<Scene> {
  const inbox = testFolder(context);
  const library = testFolder(context, libraryIn);
  mkdirSync(join(library, '.framesort'));
  writeFileSync(join(library, markerFile), '{}');
  const source = join(inbox, 'a.jpg');
  writeFileSync(source, content);
  chmodSync(source, 0o640);
  utimesSync(source, when, when);
  const { identity } = await nodeFileSystem.stat(source);
  const fingerprint = sha256(content);
  return {
    inbox,
    library,
    order: {
      number: 1,
      source,
      identity,
      fingerprint,
      folder: 'g',
      name: 'a.jpg',
      mode,
      isAgain: false,
      makesFolder: true,
    },
  };
}

/** Asserts the unchanged picture in the place of its mode, once, without leftovers of ours. */
function assertPlaced({ inbox, library, order: { mode, source, name } }: Scene): void {
  const target = join(library, 'g', name);
  assert.deepEqual(readFileSync(target), content);
  assert.equal(existsSync(source), mode !== 'move');
  const stats = statSync(target);
  assert.deepEqual([stats.mtimeMs, stats.mode & 0o777], [when.getTime(), 0o640]);
  const paths = filesBelow(library).map(({ path }) => path);
  assert.deepEqual(paths, [markerFile, join('g', name)]);
  assert.deepEqual(
    filesBelow(inbox).map(({ path }) => path),
    mode === 'move' ? [] : ['a.jpg'],
  );
}

/** Asserts that the bytes of the picture exist somewhere. */
function assertNotLost({ inbox, library }: Scene): void {
  const shas = [...filesBelow(inbox), ...filesBelow(library)].map(({ sha }) => sha);
  assert.ok(shas.includes(sha256(content)), 'the picture is lost');
}

/** Retries until success, like a daemon under repeated restarts. */
async function placeUntilDone({ library, order }: Scene, files: () => FileSystem): Promise<number> {
  for (let tries = 1; tries < 100; tries++) {
    try {
      const placer = new Placer(library, files());
      assert.equal((await placer.place(order)).kind, 'placed');
      await placer.clear(order);
      return tries;
    } catch (error) {
      if (!(error instanceof Crash) && !isTransient(error)) throw error;
    }
  }
  throw new Error('a hundred tries were not enough');
}

const otherDisk =
  existsSync('/dev/shm') && statSync('/dev/shm').dev !== statSync('/tmp').dev ? '/dev/shm' : undefined;

for (const disk of [undefined, otherDisk]) {
  const where = disk === undefined ? 'on one file system' : 'across two';
  for (const mode of modes) {
    test(`${mode} ${where}: the picture stands there unaltered; placing it twice is like once`, async (context) => {
      const there = await scene(context, mode, disk);
      const placer = new Placer(there.library, nodeFileSystem);
      const first = await placer.place(there.order);
      const second = await placer.place(there.order);
      assert.equal(first.kind, 'placed');
      assert.equal(first.tookSource, mode === 'move');
      assert.deepEqual(second, { ...first, tookSource: false });
      await placer.clear(there.order);
      assertPlaced(there);
    });

    test(`${mode} ${where}: a crash before any call loses nothing, and the next start ends like a calm run`, async (context) => {
      for (let calls = 0; ; calls++) {
        const there = await scene(context, mode, disk);
        const starts = [crashingAfter(calls)];
        const tries = await placeUntilDone(there, () => {
          assertNotLost(there);
          return starts.pop() ?? nodeFileSystem;
        });
        assertPlaced(there);
        if (tries === 1) return assert.ok(calls > 3);
      }
    });

    for (const code of ['ENOSPC', 'EDQUOT', 'EIO', 'EACCES', 'EROFS', 'EMFILE', 'ESTALE', 'ETIMEDOUT'])
      test(`${mode} ${where}: ${code} at any call loses nothing, and a later try succeeds`, async (context) => {
        for (let nth = 0; ; nth++) {
          const there = await scene(context, mode, disk);
          let calls = 0;
          const files = faultyFiles(() => {
            if (calls++ === nth) throw systemError(code);
          });
          const tries = await placeUntilDone(there, () => {
            assertNotLost(there);
            return files;
          });
          assertPlaced(there);
          if (tries === 1) return assert.ok(nth > 3);
        }
      });
  }
}

for (const mode of modes) {
  test(`${mode}: a name that others have is theirs`, async (context) => {
    const there = await scene(context, mode);
    const { library, order } = there;
    mkdirSync(join(library, 'g'));
    writeFileSync(join(library, 'g', 'a.jpg'), others);
    const placer = new Placer(library, nodeFileSystem);
    assert.deepEqual(await placer.place(order), { kind: 'name-taken' });
    assert.deepEqual(readFileSync(join(library, 'g', 'a.jpg')), others);
    assert.deepEqual(readFileSync(order.source), content);
    const next = { ...order, name: 'a (2).jpg' };
    assert.equal((await placer.place(next)).kind, 'placed');
    assert.deepEqual(readFileSync(join(library, 'g', 'a (2).jpg')), content);
  });

  test(`${mode}: a source that was replaced or removed since is not placed`, async (context) => {
    const { library, order } = await scene(context, mode);
    writeFileSync(order.source, others);
    const placer = new Placer(library, nodeFileSystem);
    assert.deepEqual(await placer.place(order), { kind: 'source-gone' });
    assert.deepEqual(readFileSync(order.source), others);
    assert.deepEqual(filesBelow(join(library, 'g')), []);
  });
}

for (const mode of modes) {
  test(`${mode}: what was placed before a crash, and hidden from the look by its disk, is not placed beside itself`, async (context) => {
    const there = await scene(context, mode);
    const { library, order } = there;
    const killed = new Placer(library, nodeFileSystem, (step) => {
      if (step === 'linked') throw new Crash(`at ${step}`);
    });
    await assert.rejects(killed.place(order), Crash);
    let isAway = true;
    const files = faultyFiles(({ verb, paths }) => {
      if (!isAway || verb !== 'stat' || !paths[0]?.endsWith('g/a.jpg')) return;
      isAway = false;
      throw systemError('ENOENT');
    });
    const placer = new Placer(library, files);
    assert.equal((await placer.place(order)).kind, 'placed');
    await placer.clear(order);
    assertPlaced(there);
  });
}

for (const act of ['placeAtOnce', 'place'] as const)
  test(`${act}: a picture that a person takes elsewhere as soon as it is linked is not linked again`, async (context) => {
    const { library, order } = await scene(context, 'move');
    mkdirSync(join(library, 'g'));
    const target = join(library, 'g', 'a.jpg');
    const files = faultyFiles(({ verb, paths }) => {
      const isThere = verb === 'stat' && paths[0]?.endsWith('g/a.jpg') && existsSync(target);
      if (isThere) renameSync(target, join(library, 'mine.jpg'));
    });
    const placer = new Placer(library, files);
    await assert.rejects(placer[act](order), isTransient);
    await assert.rejects(placer.place({ ...order, isAgain: true }), /another name/);
    assert.deepEqual(
      filesBelow(library).map(({ path }) => path),
      [markerFile, 'mine.jpg'],
    );
  });

/** Copied to another disk, with a hidden source and a refused removal. Then a person moves the copy. */
async function copiedAndTaken(there: Scene): Promise<Placer> {
  const { inbox, library, order } = there;
  let isRefusing = true;
  const files = faultyFiles(({ verb, paths }) => {
    if (verb === 'link' && paths[0]?.startsWith(inbox) && paths[1]?.startsWith(library))
      throw systemError('EXDEV');
    if (verb === 'unlink' && paths[0]?.startsWith(inbox) && isRefusing) throw systemError('EROFS');
  });
  const placer = new Placer(library, files);
  await assert.rejects(placer.place(order), /EROFS/);
  isRefusing = false;
  mkdirSync(join(library, 'mine'));
  renameSync(join(library, 'g', 'a.jpg'), join(library, 'mine', 'a.jpg'));
  return placer;
}

test('a copy that a person takes elsewhere while its source is aside is known there, and not made again', async (context) => {
  const there = await scene(context, 'move');
  const { inbox, library, order } = there;
  const placer = await copiedAndTaken(there);
  await assert.rejects(placer.place({ ...order, isAgain: true }), /another name/);
  const { inode } = await nodeFileSystem.stat(join(library, '.framesort', 'drafts', '1'));
  assert.equal((await nodeFileSystem.stat(join(library, 'mine', 'a.jpg'))).inode, inode);
  const found = { ...order, folder: 'mine', isAgain: true };
  assert.equal((await placer.place(found)).kind, 'placed');
  await placer.clear(found);
  assert.deepEqual(
    filesBelow(library).map(({ path }) => path),
    [markerFile, join('mine', 'a.jpg')],
  );
  assert.deepEqual(readFileSync(join(library, 'mine', 'a.jpg')), content);
  assert.deepEqual(filesBelow(inbox), []);
});

test('a source that was aside is placed again where its copy was deleted, or is not found', async (context) => {
  for (const isDeleted of [true, false]) {
    const there = await scene(context, 'move');
    const { inbox, library, order } = there;
    const placer = await copiedAndTaken(there);
    const taken = join(library, 'mine', 'a.jpg');
    if (isDeleted) unlinkSync(taken);
    await assert.rejects(placer.place({ ...order, isAgain: isDeleted }), /is back at its source/);
    assert.deepEqual(readFileSync(order.source), content);
    assert.equal((await placer.place(order)).kind, 'placed');
    await placer.clear(order);
    assert.deepEqual(readFileSync(join(library, 'g', 'a.jpg')), content);
    if (!isDeleted) assert.deepEqual(readFileSync(taken), content);
    assert.deepEqual(filesBelow(inbox), []);
  }
});

test('a disk that once says of any one call that nothing is there leaves nothing behind', async (context) => {
  for (let nth = 0; ; nth++) {
    const there = await scene(context, 'move');
    mkdirSync(join(there.library, 'g'));
    let left = nth;
    const hiding = faultyFiles(() => {
      if (left-- === 0) throw systemError('ENOENT');
    });
    const placer = new Placer(there.library, hiding);
    const outcome = await placer.placeAtOnce(there.order).catch((error) => {
      if (!isTransient(error)) throw error;
    });
    if (outcome === undefined) await placeUntilDone(there, () => nodeFileSystem);
    assertPlaced(there);
    if (left >= 0) return assert.ok(nth > 3);
  }
});

test('a picture that came in the place of another is given back once, though a call fails in the middle of it', async (context) => {
  for (let nth = 0; ; nth++) {
    const there = await scene(context, 'move');
    mkdirSync(join(there.library, 'g'));
    let [left, isReplaced] = [nth, false];
    const files = faultyFiles(({ verb, paths }) => {
      if (verb === 'renameOver' && !isReplaced && paths[0] === there.order.source) {
        writeFileSync(`${there.order.source}.new`, others);
        renameSync(`${there.order.source}.new`, there.order.source);
        isReplaced = true;
      } else if (isReplaced && left-- === 0) throw systemError('EIO');
    });
    const placer = new Placer(there.library, files);
    await placer.placeAtOnce(there.order).catch((error) => assert.ok(isTransient(error)));
    const isCalm = left >= 0;
    await placeUntilDone(there, () => files);
    const shas = [there.library, there.inbox].flatMap((folder) =>
      filesBelow(folder).filter(({ path }) => path !== markerFile),
    );
    assert.deepEqual(shas.map(({ sha }) => sha).sort(), [content, others].map(sha256).sort());
    assert.deepEqual(
      filesBelow(there.inbox).map(({ path }) => path),
      ['a.jpg'],
    );
    if (isCalm) return assert.ok(nth > 3);
  }
});

test('an empty mount point is not filled', async (context) => {
  for (const mode of modes) {
    const there = await scene(context, mode);
    const empty = testFolder(context);
    await assert.rejects(new Placer(empty, nodeFileSystem).place(there.order), /marker/);
    assert.deepEqual(filesBelow(empty), []);
    assertNotLost(there);
  }
});

for (const code of ['EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])
  test(`where links are refused (${code}) a move renames, and still never replaces`, async (context) => {
    const refusing = faultyFiles(({ verb }) => {
      if (verb === 'link') throw systemError(code);
    });
    const there = await scene(context, 'move');
    const placer = new Placer(there.library, refusing);
    assert.equal((await placer.place(there.order)).kind, 'placed');
    await placer.clear(there.order);
    assertPlaced(there);
    const second = await scene(context, 'move');
    mkdirSync(join(second.library, 'g'));
    writeFileSync(join(second.library, 'g', 'a.jpg'), others);
    assert.deepEqual(await new Placer(second.library, refusing).place(second.order), { kind: 'name-taken' });
    assert.deepEqual(readFileSync(join(second.library, 'g', 'a.jpg')), others);
    assertNotLost(second);
  });

test('an empty file of others that comes under the name in the last moment stays', async (context) => {
  const there = await scene(context, 'move');
  const target = join(there.library, 'g', 'a.jpg');
  const files = faultyFiles(({ verb, paths }) => {
    if (verb === 'link') throw systemError('EPERM');
    if (verb === 'reserve' && paths[0]?.includes('drafts') === true) writeFileSync(target, '');
  });
  assert.deepEqual(await new Placer(there.library, files).place(there.order), { kind: 'name-taken' });
  assert.deepEqual(readFileSync(target), Buffer.alloc(0));
  assertNotLost(there);
});

const child = fileURLToPath(new URL('reserve-child.ts', import.meta.url));

/** Places in a process of its own, killed at a step. Returns the result of a library without links. */
function killedAt(step: PlaceStep, { library, order }: Scene, refusal: string): Placer {
  const args = ['--import', 'tsx', child, library, JSON.stringify(order), step, refusal];
  assert.equal(spawnSync(process.execPath, args, { stdio: 'inherit' }).signal, 'SIGKILL');
  const files = faultyFiles(({ verb, paths }) => {
    if (verb === 'link') throw systemError(paths[0]?.includes('/drafts/') === true ? 'EPERM' : refusal);
  });
  return new Placer(library, files);
}

for (const [how, refusal] of [
  ['renamed', 'EPERM'],
  ['copied', 'EXDEV'],
] as const) {
  for (const step of ['reserved', 'linked'] as const)
    test(`where a library takes no links, a kill at ‘${step}’ of what is ${how} leaves no empty file and no double`, async (context) => {
      const there = await scene(context, 'move');
      const placer = killedAt(step, there, refusal);
      const isReserved = statSync(join(there.library, 'g', 'a.jpg')).size === 0;
      assert.equal(isReserved, step === 'reserved');
      assert.equal((await placer.place(there.order)).kind, 'placed');
      await placer.clear(there.order);
      assertPlaced(there);
    });

  test(`what a person writes into the empty file that a kill left stays (${how})`, async (context) => {
    const there = await scene(context, 'move');
    const placer = killedAt('reserved', there, refusal);
    const target = join(there.library, 'g', 'a.jpg');
    writeFileSync(target, others);
    assert.deepEqual(await placer.place(there.order), { kind: 'name-taken' });
    assert.deepEqual(readFileSync(target), others);
    assertNotLost(there);
  });
}

test('an order that is given up takes away the empty file that a kill left', async (context) => {
  const there = await scene(context, 'move');
  const placer = killedAt('reserved', there, 'EPERM');
  unlinkSync(there.order.source);
  assert.deepEqual(await placer.place(there.order), { kind: 'source-gone' });
  assert.deepEqual(
    filesBelow(there.library).map(({ path }) => path),
    [markerFile],
  );
});

test('an older empty file of others is not taken for one that a kill left', async (context) => {
  const there = await scene(context, 'move');
  const placer = killedAt('reserved', there, 'EPERM');
  const target = join(there.library, 'g', 'a.jpg');
  utimesSync(target, when, when);
  assert.deepEqual(await placer.place(there.order), { kind: 'name-taken' });
  assert.deepEqual(readFileSync(target), Buffer.alloc(0));
  assertNotLost(there);
});

test('a file without bytes, renamed before a kill, is not taken for an empty file of ours', async (context) => {
  const there = await scene(context, 'move');
  writeFileSync(there.order.source, '');
  const { identity } = await nodeFileSystem.stat(there.order.source);
  const order = { ...there.order, identity, fingerprint: sha256(Buffer.alloc(0)) };
  const placer = killedAt('linked', { ...there, order }, 'EPERM');
  assert.equal((await placer.place(order)).kind, 'placed');
  assert.deepEqual(readFileSync(join(there.library, 'g', 'a.jpg')), Buffer.alloc(0));
});

test('what a person writes into the reserved name in the last moment is not renamed over', async (context) => {
  const there = await scene(context, 'move');
  const target = join(there.library, 'g', 'a.jpg');
  const refusing = faultyFiles(({ verb }) => {
    if (verb === 'link') throw systemError('EPERM');
  });
  const placer = new Placer(there.library, refusing, (step) => {
    if (step === 'reserved') writeFileSync(target, others);
  });
  await assert.rejects(placer.place(there.order), isTransient);
  assert.deepEqual(await placer.place(there.order), { kind: 'name-taken' });
  assert.deepEqual(readFileSync(target), others);
  assertNotLost(there);
});
