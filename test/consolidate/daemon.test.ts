import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Watching } from '../support/cli.ts';
import { assertAgrees, contents, foldersOf, run, type Scene } from '../support/filed-library.ts';
import { hastyLibrary, put, shuffledPictures } from '../support/shuffled-inbox.ts';

/** The daemon beside a library in which nothing was looked at again yet. */
async function watching(context: TestContext): Promise<{ scene: Scene; daemon: Watching; before: number }> {
  const scene = await hastyLibrary(context);
  const before = foldersOf(scene).length;
  const daemon = await new Watching(['--inbox', scene.inbox, ...scene.places]).ready();
  context.after(() => daemon.end('SIGKILL'));
  return { scene, daemon, before };
}

test('in a quiet moment the daemon looks again at what an earlier run filed, puts it right, and rests', async (context) => {
  const { scene, daemon, before } = await watching(context);
  const all = Object.values(contents(scene)).sort();
  assert.ok((await run(scene, 'status')).said.secondLook.waiting > 0);
  await daemon.until(
    async () => (await run(scene, 'status')).said.secondLook.waiting === 0,
    'all was looked at',
  );
  await daemon.until(() => foldersOf(scene).length < before, 'emptied groups are gone');
  assert.equal(await daemon.end(), 0);
  assert.deepEqual(Object.values(contents(scene)).sort(), all);
  assert.ok(daemon.logged('put right after a second look').length > 0);
  await assertAgrees(scene);
  // What waits is in the store: nothing is left for the next.
  const next = await new Watching(['--inbox', scene.inbox, ...scene.places]).ready();
  assert.equal((await run(scene, 'status')).said.secondLook.waiting, 0);
  await next.end();
});

test('killed while it waits for a quiet moment, the next one looks at what the killed one filed', async (context) => {
  const { scene, daemon, before } = await watching(context);
  put(scene.inbox, 'new.jpg', shuffledPictures.at(-1)?.bytes as Buffer);
  await daemon.until(() => daemon.logged('filed').length === 1, 'a picture came');
  await daemon.end('SIGKILL');
  assert.ok(foldersOf(scene).length >= before);
  const next = await new Watching(['--inbox', scene.inbox, ...scene.places]).ready();
  await next.until(() => foldersOf(scene).length < before, 'groups are merged');
  assert.equal(await next.end(), 0);
  await assertAgrees(scene);
});
