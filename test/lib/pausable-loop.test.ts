import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PausableLoop } from '../../src/lib/async/pausable-loop.ts';

/** Works until interrupted. */
const untilAborted = (until: AbortSignal) =>
  new Promise<void>((resolve) => until.addEventListener('abort', () => resolve(), { once: true }));

test('exclusive work runs while the loop is paused, and is refused after its end', async () => {
  const [turns, stop] = [new PausableLoop(), new AbortController()];
  const work = turns.run(untilAborted, stop.signal);
  let isDone = false;
  const act = async () => {
    isDone = true;
  };
  assert.equal(await turns.whilePaused(act), true);
  assert.ok(isDone);
  stop.abort();
  await work;
  assert.equal(await turns.whilePaused(act), false);
});
