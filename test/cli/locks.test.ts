import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { acquireLock } from '../../src/lib/fs/flock.ts';
import { runCli, Watching } from '../support/cli.ts';
import { placesBelow, testFolder } from '../support/folders.ts';

function placesIn(context: TestContext): { readonly args: string[]; readonly state: string } {
  const folder = testFolder(context);
  const { inbox, library, state } = placesBelow(folder);
  mkdirSync(inbox);
  return { args: ['--inbox', inbox, '--library', library, '--state', state], state };
}

test('the second daemon on one state ends with 75 and names the first; killed, the first leaves no stale lock', async (context) => {
  const { args, state } = placesIn(context);
  const first = await new Watching(args).ready();
  const second = await runCli(['watch', ...args]);
  assert.equal(second.code, 75);
  assert.match(second.stderr, new RegExp(`locked by pid ${first.pid}\\b`));
  assert.equal(readFileSync(join(state, 'lock'), 'utf8'), `${first.pid}\n`);
  await first.end('SIGKILL');
  const third = await new Watching(args).ready();
  assert.equal(readFileSync(join(state, 'lock'), 'utf8'), `${third.pid}\n`);
  assert.equal(await third.end(), 0);
});

test('of daemons that are started at once, one works and the others end with 75', async (context) => {
  const { args } = placesIn(context);
  const started = Array.from({ length: 3 }, () => new Watching(args));
  const ready = await Promise.any(started.map((one) => one.ready()));
  const codes = await Promise.all(started.filter((one) => one !== ready).map((one) => one.code()));
  assert.deepEqual(codes, [75, 75]);
  assert.equal(await ready.end(), 0);
});

test('a lock file that a dead process left says nothing', (context) => {
  const state = testFolder(context);
  acquireLock(state).release();
  assert.ok(readFileSync(join(state, 'lock'), 'utf8').length > 0);
  acquireLock(state).release();
});
