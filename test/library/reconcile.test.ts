import assert from 'node:assert/strict';
import { linkSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Embedding } from '../../src/domain/embedding.ts';
import type { FrameId } from '../../src/domain/frame.ts';
import type { GroupId } from '../../src/domain/group.ts';
import { nodeFileSystem } from '../../src/lib/fs/file-system.ts';
import { openLog } from '../../src/lib/logger.ts';
import { Reconciler } from '../../src/library/reconcile/reconciler.ts';
import { Events } from '../../src/monitoring/events.ts';
import { filed } from '../support/decisions.ts';
import { faultyFiles, systemError } from '../support/faulty-files.ts';
import { placedLibrary } from '../support/placed-library.ts';
import { embeddingOf } from '../support/store-reads.ts';

const log = openLog({ level: 'silent', format: 'json' });

/** A library of two groups with two frames each. */
async function scene(context: TestContext) {
  const { library, store, membership } = await placedLibrary(context, [1, 2, 1, 2]);
  let passedMs = 0;
  const clock = { now: () => 1, passed: () => passedMs, sleep: async () => {} };
  const closed = new Set<string>();
  let onList = (_folder: string) => {};
  const files = faultyFiles(({ verb, paths }) => {
    if (verb === 'readFolder') onList(paths[0] ?? '');
    if (verb === 'readFolder' && closed.has(paths[0] ?? '')) throw systemError('EACCES');
  });
  const reconciler = new Reconciler({
    store,
    membership,
    files,
    library,
    clock,
    log,
    events: new Events(log),
  });
  const look = async () => {
    passedMs += 3_000;
    return await reconciler.run();
  };
  const placementOf = async (frame: number) => (await store.frames.get(frame as FrameId))?.placement;
  const setOnList = (act: typeof onList) => {
    onList = act;
  };
  return { library, store, closed, look, placementOf, onList: setOnList };
}

test('a folder that may not be read says nothing of what is in it, and does not keep others from being looked at', async (context) => {
  const { library, store, closed, look, placementOf } = await scene(context);
  const inTwo = join(library, 'scene-2');
  closed.add(inTwo);
  renameSync(join(library, 'scene-1', '1.jpg'), join(inTwo, 'mine.jpg'));
  renameSync(join(library, 'scene-1', '3.jpg'), join(library, 'scene-1', 'also mine.jpg'));
  for (let looks = 0; looks < 4; looks++) assert.equal(await look(), true);
  assert.equal((await placementOf(3))?.name, 'also mine.jpg');
  assert.deepEqual(
    [(await placementOf(1))?.group, (await store.counts()).frames],
    [1, 4],
    'nothing is forgotten',
  );
  closed.clear();
  await look();
  assert.deepEqual((await placementOf(1))?.name, 'mine.jpg');
  assert.equal((await placementOf(1))?.group, 2 as GroupId);
});

test('what settled is looked at again when it changes: a picture dragged there and back', async (context) => {
  const { library, look, placementOf } = await scene(context);
  for (let looks = 0; looks < 3; looks++) await look();
  const [here, there] = [join(library, 'scene-1', '1.jpg'), join(library, 'scene-2', '1.jpg')];
  for (let times = 0; times < 2; times++) {
    renameSync(here, there);
    await look();
    assert.equal((await placementOf(1))?.group, 2 as GroupId);
    renameSync(there, here);
    await look();
    assert.equal((await placementOf(1))?.group, 1 as GroupId);
  }
});

test('a picture that is gone is forgotten at the second look, not at the first', async (context) => {
  const { library, store, look } = await scene(context);
  renameSync(join(library, 'scene-1', '1.jpg'), join(library, '..', 'elsewhere.jpg'));
  await look();
  assert.equal((await store.counts()).frames, 4);
  await look();
  assert.equal((await store.counts()).frames, 3);
});

test('a picture that a person puts under the very name to which another one is on its way is not forgotten', async (context) => {
  const { library, store, look, placementOf } = await scene(context);
  const [one, two] = [1 as GroupId, 2 as GroupId];
  const why = { by: 'command', act: 'move', rule: '', evidence: {} } as const;
  const identity = (await nodeFileSystem.stat(join(library, 'scene-2', '2.jpg'))).identity;
  const [from, to] = [
    { group: two, name: '2.jpg' },
    { group: one, name: '4.jpg' },
  ];
  await store.planChange({ whenMs: 1, why, frames: [{ frame: 2 as FrameId, from, to, identity }] });
  renameSync(join(library, 'scene-2', '4.jpg'), join(library, 'scene-1', '4.jpg'));
  for (let looks = 0; looks < 3; looks++) await look();
  assert.deepEqual(
    [(await placementOf(4))?.group, (await placementOf(4))?.name, (await store.counts()).frames],
    [one, '4.jpg', 4],
  );
  assert.equal((await store.moves.get(2 as FrameId))?.state, 'planned');
});

test('a picture that a person puts under the very name at which another one is being filed is not forgotten', async (context) => {
  const { library, store, look, placementOf } = await scene(context);
  await store.commit([filed(5, (await embeddingOf(store, 1 as FrameId)) as Embedding, 1, false)]);
  renameSync(join(library, 'scene-2', '4.jpg'), join(library, 'scene-1', '5.jpg'));
  for (let looks = 0; looks < 3; looks++) await look();
  assert.deepEqual(
    [(await placementOf(4))?.group, (await placementOf(4))?.name, (await store.counts()).frames],
    [1, '5.jpg', 5],
  );
});

test('a picture at the name at which it is being filed is nobody else', async (context) => {
  const { library, store, look, placementOf } = await scene(context);
  await store.commit([filed(5, (await embeddingOf(store, 1 as FrameId)) as Embedding, 1, false)]);
  writeFileSync(join(library, 'scene-1', '5.jpg'), '5');
  renameSync(join(library, 'scene-2', '4.jpg'), join(library, '..', 'elsewhere.jpg'));
  for (let looks = 0; looks < 3; looks++) await look();
  assert.deepEqual([await placementOf(4), (await placementOf(5))?.name], [undefined, '5.jpg']);
});

test('a picture that a person moves past the eyes of two looks is not forgotten', async (context) => {
  const { library, store, look, placementOf, onList } = await scene(context);
  const founded = (name: string) => join(library, name);
  let lists = 0;
  // Runs after each listing of the library's folders: later files are not in the listing.
  onList((folder) => {
    if (folder !== join(library, 'scene-1')) return;
    lists++;
    if (lists === 1) {
      mkdirSync(founded('mine'));
      renameSync(join(library, 'scene-1', '1.jpg'), join(founded('mine'), '1.jpg'));
    } else if (lists === 2) renameSync(founded('mine'), founded('ours'));
  });
  for (let looks = 0; looks < 2; looks++) await look();
  assert.equal((await store.counts()).frames, 4);
  await look();
  assert.equal(await store.groups.folderOf((await placementOf(1))?.group as GroupId), 'ours');
});

test('a group whose old name for a picture is still in its folder has not been renamed', async (context) => {
  const { library, store, look, placementOf } = await scene(context);
  const [one, two] = [1 as GroupId, 2 as GroupId];
  const why = { by: 'command', act: 'move', rule: '', evidence: {} } as const;
  const { identity } = await nodeFileSystem.stat(join(library, 'scene-1', '1.jpg'));
  const [from, to] = [
    { group: one, name: '1.jpg' },
    { group: two, name: '1.jpg' },
  ];
  await store.planChange({ whenMs: 1, why, frames: [{ frame: 1 as FrameId, from, to, identity }] });
  // The file has both names. A person renames the new name, then moves the group's other picture.
  linkSync(join(library, 'scene-1', '1.jpg'), join(library, 'scene-2', 'mine.jpg'));
  await look();
  mkdirSync(join(library, 'new'));
  renameSync(join(library, 'scene-1', '3.jpg'), join(library, 'new', '3.jpg'));
  for (let looks = 0; looks < 3; looks++) await look();
  assert.equal(await store.groups.folderOf(one), 'scene-1');
  assert.deepEqual([(await placementOf(1))?.group, (await placementOf(1))?.name], [two, 'mine.jpg']);
  assert.equal(await store.groups.folderOf((await placementOf(3))?.group as GroupId), 'new');
});

test("a picture in a network drive's recycle bin is deleted, and the bin is no group", async (context) => {
  const { library, store, look, placementOf } = await scene(context);
  mkdirSync(join(library, '#recycle'));
  renameSync(join(library, 'scene-1', '1.jpg'), join(library, '#recycle', '1.jpg'));
  for (let looks = 0; looks < 3; looks++) await look();
  assert.equal(await placementOf(1), undefined);
  assert.deepEqual(
    (await store.groups.all()).map(({ folder }) => folder),
    ['scene-1', 'scene-2'],
  );
});
