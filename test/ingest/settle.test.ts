import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkSettled } from '../../src/ingest/settle.ts';
import type { FileStats } from '../../src/lib/fs/file-system.ts';

const settleMs = 1_000;
const now = 1_700_000_000_000;

const at = (ms: number) => ({ nowMs: ms, passedMs: ms });

function facts(mtimeMs: number, ctimeMs = mtimeMs, identity = 'same'): FileStats {
  return { kind: 'file', identity, device: 1n, inode: 1n, links: 1, sizeBytes: 9, mtimeMs, ctimeMs };
}

test('a file that nobody wrote to for the settle time is taken at once', () => {
  assert.deepEqual(checkSettled(facts(now - settleMs), undefined, at(now), settleMs), { settled: true });
});

test('a file that was just written waits for the settle time, watched or by its own time', () => {
  const fresh = facts(now - 0.5);
  const verdict = checkSettled(fresh, undefined, at(now), settleMs);
  assert.deepEqual(verdict, { settled: false, againInMs: settleMs - 0.5 });
  const seen = { identity: 'same', sinceMs: now };
  assert.deepEqual(checkSettled(fresh, seen, at(now + 600), settleMs), { settled: false, againInMs: 399.5 });
  assert.deepEqual(checkSettled(fresh, seen, at(now + settleMs), settleMs), { settled: true });
});

test('watching begins anew when the file changes', () => {
  const seen = { identity: 'before', sinceMs: now - 900 };
  const verdict = checkSettled(facts(now - 1, now - 1, 'after'), seen, at(now), settleMs);
  assert.deepEqual(verdict, { settled: false, againInMs: settleMs - 1 });
});

test('a file that was renamed into place, or given its times after a copy, is taken after a moment', () => {
  const renamed = facts(now - 100.5, now - 1.25);
  const verdict = checkSettled(renamed, undefined, at(now), settleMs);
  assert.ok(!verdict.settled && verdict.againInMs <= 50);
  const seen = { identity: 'same', sinceMs: now };
  assert.deepEqual(checkSettled(renamed, seen, at(now + 50), settleMs), { settled: true });
});

test('rounded times do not pass for a rename', () => {
  const rounded = facts(now - 600, now - 1.25); // a multiple of 10 ms, as coarse file systems have them
  assert.deepEqual(checkSettled(rounded, undefined, at(now), settleMs), {
    settled: false,
    againInMs: settleMs - 600,
  });
});

test('a clock that runs ahead of ours makes nobody wait longer than our own watching', () => {
  const future = facts(now + 3_600_000.5);
  const seen = { identity: 'same', sinceMs: now };
  assert.deepEqual(checkSettled(future, seen, at(now + settleMs), settleMs), { settled: true });
  const verdict = checkSettled(future, seen, at(now + 1), settleMs);
  assert.ok(!verdict.settled && verdict.againInMs <= settleMs);
});
