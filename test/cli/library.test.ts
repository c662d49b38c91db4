import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { FrameId } from '../../src/domain/frame.ts';
import type { GroupId } from '../../src/domain/group.ts';
import { nodeFileSystem } from '../../src/lib/fs/file-system.ts';
import { openLog } from '../../src/lib/logger.ts';
import { ManifestWriter } from '../../src/library/manifests/manifest-writer.ts';
import { Reconciler } from '../../src/library/reconcile/reconciler.ts';
import { Events } from '../../src/monitoring/events.ts';
import type { TrackedStore } from '../../src/storage/library-state.ts';
import type { GroupTable } from '../../src/storage/store.ts';
import { findModel } from '../../src/vision/models/registry.ts';
import { faultyFiles } from '../support/faulty-files.ts';
import { placedLibrary } from '../support/placed-library.ts';

/** The same store, with a count of the groups read. */
function counting(store: TrackedStore): { readonly store: TrackedStore; readonly read: () => number } {
  let read = 0;
  const groups: GroupTable = {
    ...store.groups,
    all: async () => {
      const all = await store.groups.all();
      read += all.length;
      return all;
    },
    get: (id) => {
      read++;
      return store.groups.get(id);
    },
  };
  const counted = new Proxy(store, {
    get: (target, key) => {
      const value: unknown = key === 'groups' ? groups : Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { store: counted, read: () => read };
}

async function listedScene(context: TestContext) {
  const { library, store } = await placedLibrary(context, [1, 2, 3, 4, 1, 2]);
  const plural = counting(store);
  const { space } = findModel('builtin');
  const manifests = new ManifestWriter({
    store: plural.store,
    files: nodeFileSystem,
    library,
    space: () => space,
  });
  await manifests.update();
  const updated = async () => {
    const before = plural.read();
    await manifests.update();
    return plural.read() - before;
  };
  return { store, updated };
}

test('manifests: where nothing changed no group is looked at', async (context) => {
  const { updated } = await listedScene(context);
  assert.equal(await updated(), 0);
});

test('manifests: where something changed only its group is looked at', async (context) => {
  const { store, updated } = await listedScene(context);
  await store.applyUserChanges([{ kind: 'renamed-group', group: 2 as GroupId, folder: 'scene-2' }]);
  assert.equal(await updated(), 1);
  assert.deepEqual(await store.manifests.unwritten(), []);
});

/** More groups than the scan reads in parallel, each with one frame of the same number; nothing changes. */
async function settledScene(context: TestContext, groups: number) {
  const numbers = Array.from({ length: groups }, (_, at) => at + 1);
  const { library, store, membership } = await placedLibrary(context, numbers);
  let [passedMs, looks, lists] = [0, 0, 0];
  const clock = { now: () => 1, passed: () => passedMs, sleep: async () => {} };
  const files = faultyFiles(({ verb }) => {
    if (verb === 'stat') looks++;
    if (verb === 'readFolder') lists++;
  });
  const log = openLog({ level: 'silent', format: 'json' });
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
    [looks, lists] = [0, 0];
    await reconciler.run();
    return { looks, lists };
  };
  for (let times = 0; times < 3; times++) await look();
  return { library, store, look };
}

test('the library: a folder in which nothing changed costs one look, and is not listed', async (context) => {
  const groups = 150;
  const { look } = await settledScene(context, groups);
  assert.deepEqual(await look(), { looks: 1 + groups, lists: 1 });
});

test('the library: in whichever of many folders something changed, it is seen at the next look', async (context) => {
  const { library, store, look } = await settledScene(context, 130);
  const moves = [
    [1, 130],
    [2, 65],
    [3, 99],
  ] as const;
  for (const [from, to] of moves)
    renameSync(join(library, `scene-${from}`, `${from}.jpg`), join(library, `scene-${to}`, `${from}.jpg`));
  await look();
  assert.deepEqual(
    await Promise.all(
      moves.map(async ([frame]) => (await store.frames.get(frame as FrameId))?.placement.group),
    ),
    moves.map(([, to]) => to),
  );
});
