import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../../src/', import.meta.url));
const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => ({ path, text: readFileSync(join(source, path), 'utf8') }));

function filesWith(pattern: RegExp): string[] {
  return files
    .filter(({ text }) => pattern.test(text))
    .map(({ path }) => path)
    .sort();
}

const cache = 'storage/membership-cache.ts';

test('only LibraryState writes the membership cache', () => {
  const written = filesWith(/\.(putFrame|putGroup)\(|membership\??\.forget\(/);
  assert.deepEqual(
    written.filter((path) => path !== cache),
    ['storage/library-state.ts'],
  );
  const made = filesWith(/new MembershipCache\(/);
  // A replay has no store, only the cache.
  assert.deepEqual(made, ['evaluation/replay/replay.ts', 'storage/library-state.ts']);
});

test('only deciding code stages members and groups before their commit', () => {
  const staged = filesWith(/\.(stageFrame|stageGroup|unstageGroup)\(/);
  assert.deepEqual(staged, [
    'evaluation/replay/replay-consolidation.ts',
    'evaluation/replay/replay.ts',
    'grouping/group-factory.ts',
    'grouping/group-matcher.ts',
    'operations/apply-change.ts',
    'operations/split-group.ts',
  ]);
});

test('only LibraryState replaces the index and activates a space beside an open index', () => {
  assert.deepEqual(filesWith(/[sS]tate\.index = /), []);
  const activating = filesWith(/spaces\.activate\(/);
  // The command has no index open: the next opening builds it.
  const alone = activating.filter((path) => path.startsWith('cli/') || path.startsWith('app/'));
  assert.ok(alone.length <= 1);
  assert.deepEqual(
    activating.filter((path) => !alone.includes(path)),
    ['storage/library-state.ts'],
  );
});
