import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { getSystemErrorName } from 'node:util';
import { append } from '../../src/lib/append.ts';
import { backoffMs } from '../../src/lib/async/backoff.ts';
import { pause, systemClock } from '../../src/lib/async/clock.ts';
import { Notifier } from '../../src/lib/async/notifier.ts';
import { codeOf, FatalError, isTransient, messageOf, TransientError } from '../../src/lib/errors.ts';
import { nearestWord } from '../../src/lib/nearest-word.ts';
import { seededRandom } from '../../src/lib/random.ts';
import { systemError } from '../support/faulty-files.ts';

test('a notifier wakes all waiters, once', async () => {
  const notifier = new Notifier();
  const both = Promise.all([notifier.wait(undefined), notifier.wait(undefined)]);
  notifier.notify();
  await both;
  const again = notifier.wait(undefined).then(() => 'heard');
  assert.equal(await Promise.race([again, delay(5, 'silence')]), 'silence');
});

test('waiting for a notifier ends with the time-out or the signal, without an error', async () => {
  const notifier = new Notifier();
  await notifier.wait(undefined, 1);
  const stop = new AbortController();
  const heard = notifier.wait(stop.signal);
  stop.abort();
  await heard;
  await notifier.wait(stop.signal);
});

test('a notifier listens to its signal only during a wait', async () => {
  const notifier = new Notifier();
  const { signal } = new AbortController();
  let listeners = 0;
  const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
  signal.addEventListener = (...args: Parameters<typeof add>) => [listeners++, add(...args)];
  signal.removeEventListener = (...args: Parameters<typeof remove>) => [listeners--, remove(...args)];
  const heard = notifier.wait(signal);
  assert.equal(listeners, 1);
  notifier.notify();
  await heard;
  assert.equal(listeners, 0);
});

test('the delay doubles with each attempt, up to a minute, half of it random', () => {
  const longest = [1, 2, 3, 4, 5, 6, 7, 8, 9, 100].map((tries) => backoffMs(tries, () => 1));
  assert.deepEqual(longest, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  assert.equal(
    backoffMs(3, () => 0),
    1_000,
  );
  for (let tries = 1; tries < 2_000; tries += 37) assert.ok(Number.isFinite(backoffMs(tries)));
});

test('the nearest word differs in few letters, otherwise there is none', () => {
  const words = ['library', 'intake.settleMs', 'inbox', 'mode'];
  assert.equal(nearestWord('libary', words), 'library');
  assert.equal(nearestWord('intake.settlems', words), 'intake.settleMs');
  assert.equal(nearestWord('inboxes', words), 'inbox');
  assert.equal(nearestWord('temperature', words), undefined);
  assert.equal(nearestWord('anything', []), undefined);
});

test('a seed decides the stream, on every machine', () => {
  const random = seededRandom(1);
  const first = Array.from({ length: 3 }, () => Math.floor(random.next() * 1e6));
  assert.deepEqual(first, [627073, 2735, 527447]);
  const [one, other] = [seededRandom(5), seededRandom(6)];
  assert.notEqual(one.next(), other.next());
});

test('random numbers keep to their range and fill it evenly', () => {
  const random = seededRandom(3);
  const counts = new Array<number>(10).fill(0);
  for (let i = 0; i < 10_000; i++) {
    const digit = random.below(10);
    counts[digit] = (counts[digit] ?? 0) + 1;
    const value = random.between(-2, 3);
    assert.ok(value >= -2 && value < 3);
  }
  for (const count of counts) assert.ok(count > 850 && count < 1150, String(counts));
});

test('shuffling keeps every item and leaves the list as it was', () => {
  const items = Array.from({ length: 50 }, (_, i) => i);
  const shuffled = seededRandom(1).shuffled(items);
  assert.deepEqual(
    items,
    Array.from({ length: 50 }, (_, i) => i),
  );
  assert.notDeepEqual(shuffled, items);
  assert.deepEqual(
    shuffled.toSorted((a, b) => a - b),
    items,
  );
});

test('errors are sorted by who must act', () => {
  for (const code of ['ENOSPC', 'EACCES', 'EBUSY', 'EIO', 'EMFILE', 'EROFS'])
    assert.ok(isTransient(systemError(code)), code);
  for (const code of ['ENOENT', 'EEXIST', 'EXDEV']) assert.ok(!isTransient(systemError(code)), code);
  assert.ok(isTransient(new TransientError('later')));
  assert.ok(!isTransient(new FatalError('never')));
  assert.ok(!isTransient(undefined));
  assert.equal(new FatalError('never').exitCode, 1);
});

test('every error has a message, and a code or none', () => {
  assert.equal(codeOf(systemError('ENOENT')), 'ENOENT');
  assert.equal(codeOf({ code: 5 }), undefined);
  for (const name of ['EDQUOT', 'ESTALE', 'EBADMSG'] as const)
    assert.equal(codeOf(systemError(getSystemErrorName(-constants.errno[name]))), name);
  assert.equal(codeOf(systemError(getSystemErrorName(-999))), 'E999');
  assert.equal(codeOf(null), undefined);
  assert.equal(messageOf('plain'), 'plain');
  assert.equal(messageOf(new Error('words')), 'words');
});

test('any number of items can be appended', () => {
  const all = [0];
  append(
    all,
    Array.from({ length: 300_000 }, (_, at) => at + 1),
  );
  assert.equal(all.length, 300_001);
  assert.equal(all.at(-1), 300_000);
});

test('a pause ends after its time, or as soon as the signal aborts, and never rejects', async () => {
  const stop = new AbortController();
  await pause(systemClock, 1, stop.signal);
  const pausing = pause(systemClock, 60_000, stop.signal);
  stop.abort();
  await pausing;
  await pause(systemClock, 60_000, stop.signal);
});
