import assert from 'node:assert/strict';
import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { consolidating, Watching } from '../support/cli.ts';
import { assertAgrees, contents, foldersOf, run, type Scene } from '../support/filed-library.ts';
import { hastyLibrary, put, shuffledPictures } from '../support/shuffled-inbox.ts';

/** The daemon on a library before any consolidation. */
async function watch(context: TestContext, scene: Scene): Promise<Watching> {
  const args = ['--inbox', scene.inbox, ...scene.places];
  const daemon = await new Watching(args, { env: consolidating }).ready();
  context.after(() => daemon.end('SIGKILL'));
  return daemon;
}

/** Keeps writing to a file: the daemon is never idle. Returns a function that stops the writing. */
function writeOnAndOn(context: TestContext, inbox: string): () => void {
  const path = join(inbox, 'never-done.jpg');
  const timer = setInterval(() => appendFileSync(path, 'more'), 50);
  const end = () => {
    clearInterval(timer);
    rmSync(path, { force: true });
  };
  context.after(end);
  return end;
}

/** The next daemon carries out moves planned by this one. */
async function isDone(scene: Scene): Promise<boolean> {
  const { code } = await run(scene, 'verify');
  return code === 0;
}

test('an idle daemon consolidates the frames of an earlier run, and then rests', async (context) => {
  const scene = await hastyLibrary(context);
  const before = foldersOf(scene).length;
  const all = Object.values(contents(scene)).sort();
  const end = writeOnAndOn(context, scene.inbox);
  const daemon = await watch(context, scene);
  assert.ok((await run(scene, 'status')).said.secondLook.waiting > 0);
  end();
  await daemon.until(
    async () => (await run(scene, 'status')).said.secondLook.waiting === 0,
    'all was looked at',
  );
  await daemon.until(() => foldersOf(scene).length < before, 'emptied groups are gone');
  await daemon.until(() => isDone(scene), 'all that was planned is done');
  assert.equal(await daemon.end(), 0);
  assert.deepEqual(Object.values(contents(scene)).sort(), all);
  assert.ok(daemon.logged('consolidation applied a change').length > 0);
  await assertAgrees(scene);
  // Pending moves are in the store: nothing is left for the next daemon.
  const next = await watch(context, scene);
  assert.equal((await run(scene, 'status')).said.secondLook.waiting, 0);
  await next.end();
});

test("after a kill before consolidation, the next daemon consolidates the killed one's frames", async (context) => {
  const scene = await hastyLibrary(context);
  const before = foldersOf(scene).length;
  const end = writeOnAndOn(context, scene.inbox);
  const daemon = await watch(context, scene);
  put(scene.inbox, 'new.jpg', shuffledPictures.at(-1)?.bytes as Buffer);
  await daemon.until(() => daemon.logged('filed').length === 1, 'a picture came');
  await daemon.end('SIGKILL');
  end();
  assert.ok(foldersOf(scene).length >= before);
  const next = await watch(context, scene);
  await next.until(() => foldersOf(scene).length < before, 'groups are merged');
  await next.until(() => isDone(scene), 'all that was planned is done');
  assert.equal(await next.end(), 0);
  await assertAgrees(scene);
});
