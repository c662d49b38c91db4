import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { OneFileError, TransientError } from '../../src/lib/errors.ts';
import { nodeFileSystem } from '../../src/lib/fs/file-system.ts';
import { RetryQueue, type Task } from '../../src/library/placing/retry-queue.ts';
import { HastyClock } from '../support/clock.ts';
import { noEvents } from '../support/events.ts';
import { faultyFiles, systemError } from '../support/faulty-files.ts';
import { testFolder } from '../support/folders.ts';

function setUp(context: TestContext, triesMax: number, files = nodeFileSystem) {
  const library = testFolder(context);
  mkdirSync(join(library, '.framesort'));
  const clock = new HastyClock();
  const stop = new AbortController();
  const looks: number[] = [];
  const look = async () => void looks.push(clock.passed());
  const retryQueue = new RetryQueue(
    { files, library, clock, events: noEvents, signal: stop.signal, triesMax },
    look,
  );
  return { retryQueue, clock, stop, looks };
}

function task(at: number, retry: Task['retry']): Task {
  return { key: `frame ${at}`, what: `picture ${at}.jpg`, retry };
}

async function refused(code: string): Promise<never> {
  throw systemError(code);
}

/** A disk without write access. */
const readOnly = faultyFiles(({ verb }) => {
  if (verb === 'append' || verb === 'makeFolder') throw systemError('EROFS');
});

for (const triesMax of [4, Number.POSITIVE_INFINITY])
  test(`as many files as are refused are put off, and none is waited for (${triesMax} tries)`, async (context) => {
    const { retryQueue, clock } = setUp(context, triesMax);
    for (let at = 0; at < 200; at++) await retryQueue.attempt(task(at, () => refused('EPERM')));
    assert.equal(retryQueue.pendingRetries().length, 200);
    assert.equal(clock.sleeps, 0);
  });

test('where many files are refused and the library takes none, the work waits', async (context) => {
  let isReadOnly = true;
  const files = faultyFiles(({ verb }) => {
    if (isReadOnly && (verb === 'append' || verb === 'makeFolder')) throw systemError('EIO');
  });
  const { retryQueue, clock } = setUp(context, Number.POSITIVE_INFINITY, files);
  const retry = async () => {
    if (clock.sleeps === 3) isReadOnly = false;
    if (isReadOnly) await refused('EIO');
  };
  for (let at = 0; at < 64; at++) await retryQueue.attempt(task(at, retry));
  assert.equal(clock.sleeps, 0);
  await retryQueue.attempt(task(64, retry));
  assert.equal(clock.sleeps, 3);
  assert.equal(retryQueue.isDeferred('frame 64'), false);
});

test('what is read-only concerns one file where the library takes others, and all where it takes none', async (context) => {
  const one = setUp(context, 1).retryQueue;
  await one.attempt(task(1, () => refused('EROFS')));
  assert.deepEqual(
    one.pendingRetries().map(({ what, tries }) => ({ what, tries })),
    [{ what: 'picture 1.jpg', tries: 1 }],
  );
  const { retryQueue } = setUp(context, 1, readOnly);
  await assert.rejects(retryQueue.attempt(task(1, () => refused('EROFS'))), { code: 'EROFS' });
});

test('a file that others have in hand is put off; a library that is away is waited for', async (context) => {
  const { retryQueue, clock } = setUp(context, Number.POSITIVE_INFINITY);
  await retryQueue.attempt(
    task(1, async () => {
      throw new OneFileError('file 1.jpg: looking for it');
    }),
  );
  assert.equal(clock.sleeps, 0);
  await retryQueue.attempt(
    task(2, async () => {
      if (clock.sleeps < 2) throw new TransientError('file into /library: its marker is missing');
    }),
  );
  assert.equal(clock.sleeps, 2);
});

test('those that are due are tried some together, after one look, and each has its turn', async (context) => {
  const { retryQueue, clock, looks } = setUp(context, Number.POSITIVE_INFINITY);
  const tries = new Map<number, number>();
  for (let at = 0; at < 100; at++)
    await retryQueue.attempt(
      task(at, async () => {
        tries.set(at, (tries.get(at) ?? 0) + 1);
        await refused('EPERM');
      }),
    );
  clock.pass(120_000);
  for (let call = 1; call <= 4; call++) {
    await retryQueue.retryDue();
    assert.equal(looks.length, call);
  }
  assert.equal(tries.size, 100);
  assert.deepEqual(new Set(tries.values()), new Set([2]));
});

test('a look that fails counts as a try, and the next try looks again', async (context) => {
  const library = testFolder(context);
  const clock = new HastyClock();
  const { signal } = new AbortController();
  let looks = 0;
  const look = async () => {
    if (++looks < 3) throw new TransientError('scan the library: not possible now');
  };
  const triesMax = Number.POSITIVE_INFINITY;
  const retryQueue = new RetryQueue(
    { files: nodeFileSystem, library, clock, events: noEvents, signal, triesMax },
    look,
  );
  let tries = 0;
  const retry = async () => {
    if (++tries === 1) await refused('EPERM');
  };
  await retryQueue.attempt(task(1, retry));
  clock.pass(60_000);
  await retryQueue.retryDue();
  assert.deepEqual({ looks, tries, stuck: retryQueue.pendingRetries() }, { looks: 3, tries: 2, stuck: [] });
});

test('a run that ends tries again until it is done, or was tried often enough', async (context) => {
  const { retryQueue } = setUp(context, 4);
  let tries = 0;
  await retryQueue.attempt(
    task(1, async () => {
      if (++tries < 3) await refused('EIO');
    }),
  );
  await retryQueue.attempt(task(2, () => refused('EPERM')));
  await retryQueue.finish();
  assert.equal(tries, 3);
  assert.deepEqual(
    retryQueue.pendingRetries().map(({ what, tries: after }) => ({ what, after })),
    [{ what: 'picture 2.jpg', after: 4 }],
  );
});

test('what waits for the whole disk is tried by nobody else meanwhile', async (context) => {
  const { retryQueue, clock } = setUp(context, Number.POSITIVE_INFINITY);
  const others: Promise<void>[] = [];
  let [atOnce, most] = [0, 0];
  const retry = async () => {
    most = Math.max(most, ++atOnce);
    others.push(retryQueue.retryDue()); // like every second
    await nextTurn();
    atOnce--;
    if (clock.sleeps < 3) await refused('ENOSPC');
  };
  await retryQueue.attempt(task(1, retry));
  await Promise.all(others);
  assert.deepEqual({ most, stuck: retryQueue.pendingRetries() }, { most: 1, stuck: [] });
});

test('a run that ends tries again as many as are put off', async (context) => {
  const { retryQueue } = setUp(context, 1);
  const many = 200_000;
  const retry = async () => {
    throw new OneFileError('it may not be touched');
  };
  for (let at = 0; at < many; at++) await retryQueue.attempt(task(at, retry));
  await retryQueue.finish();
  assert.equal(retryQueue.pendingRetries().length, many);
});

test('a retry whose scan of the library fails is not counted as a run of the task', async (context) => {
  const library = testFolder(context);
  mkdirSync(join(library, '.framesort'));
  const clock = new HastyClock();
  let failingScans = 5;
  const scan = async () => {
    if (failingScans-- > 0) throw new TransientError('scan the library: not possible now');
  };
  const { signal } = new AbortController();
  const triesMax = Number.POSITIVE_INFINITY;
  const parts = { files: nodeFileSystem, library, clock, events: noEvents, signal, triesMax };
  const retryQueue = new RetryQueue(parts, scan);
  const runs: number[] = [];
  const retry = async (run: number) => {
    runs.push(run);
    if (run < 3) throw new OneFileError('it is gone; looking for it');
  };
  await retryQueue.attempt(task(1, retry));
  await retryQueue.finish();
  assert.deepEqual(runs, [1, 2, 3]);
  assert.ok(failingScans < 0);
});
