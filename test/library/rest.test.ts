import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { GroupId } from '../../src/domain/group.ts';
import { findModel } from '../../src/embed/models.ts';
import { realFiles } from '../../src/lib/files.ts';
import { Manifests } from '../../src/manifest/manifests.ts';
import type { Store } from '../../src/store/store.ts';
import { placedLibrary } from '../support/placed-library.ts';

/** The same store, which counts the groups that are read from it. */
function counting(store: Store): { readonly store: Store; readonly read: () => number } {
  let read = 0;
  const groups = function* () {
    for (const group of store.groups()) {
      read++;
      yield group;
    }
  };
  const group: Store['group'] = (id) => {
    read++;
    return store.group(id);
  };
  return { store: Object.assign(Object.create(store), { groups, group }), read: () => read };
}

async function scene(context: TestContext) {
  const { library, store } = await placedLibrary(context, [1, 2, 3, 4, 1, 2]);
  const counted = counting(store);
  const { space } = findModel('builtin');
  const manifests = new Manifests({ store: counted.store, files: realFiles, library, space: () => space });
  await manifests.update();
  const updated = async () => {
    const before = counted.read();
    await manifests.update();
    return counted.read() - before;
  };
  return { store, updated };
}

test('manifests: where nothing changed no group is looked at', async (context) => {
  const { updated } = await scene(context);
  assert.equal(await updated(), 0);
});

test('manifests: where something changed only its group is looked at', async (context) => {
  const { store, updated } = await scene(context);
  store.amend([{ kind: 'renamed-group', group: 2 as GroupId, folder: 'scene-2' }]);
  assert.equal(await updated(), 1);
  assert.deepEqual(Array.from(store.unlisted()), []);
});
