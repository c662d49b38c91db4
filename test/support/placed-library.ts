import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { assertEmbedding, type Embedding } from '../../src/domain/embedding.ts';
import { markerFile, ownFolder } from '../../src/domain/placement.ts';
import { nodeFileSystem } from '../../src/lib/fs/file-system.ts';
import { closeState, openState } from '../../src/storage/open.ts';
import { findModel } from '../../src/vision/models/registry.ts';
import { filed } from './decisions.ts';
import { placesBelow, testFolder } from './folders.ts';

const model = findModel('builtin');

function embedding(): Embedding {
  const vector: Float32Array = new Float32Array(model.space.dimensions).fill(1 / 16);
  assertEmbedding(vector, model.space);
  return vector;
}

/** A library and its store. Frame 1 and so on belong to the listed groups; all are placed. */
export async function placedLibrary(context: TestContext, groups: readonly number[]) {
  const { library, state } = placesBelow(testFolder(context));
  mkdirSync(join(library, ownFolder), { recursive: true });
  writeFileSync(join(library, markerFile), '{}');
  const libraryState = await openState(state, model);
  context.after(() => closeState(libraryState));
  const { store, membership } = libraryState;
  const decisions = groups.map((group, at) =>
    filed(at + 1, embedding(), group, groups.indexOf(group) === at),
  );
  await store.commit(decisions);
  for (const { frame, placement } of decisions) {
    mkdirSync(join(library, placement.folder), { recursive: true });
    const path = join(library, placement.folder, placement.name);
    writeFileSync(path, `${frame.id}`); // as many bytes as in the decision
    const { device, inode } = await nodeFileSystem.stat(path);
    const at = { group: placement.group, name: placement.name, fileId: `${device}:${inode}` };
    await store.frames.markPlaced([{ frame: frame.id, ...at, state: 'placed' }]);
  }
  return { library, store, membership };
}
