import assert from 'node:assert/strict';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { FrameId } from '../../src/domain/frame.ts';
import { type FileSystem, nodeFileSystem } from '../../src/lib/fs/file-system.ts';
import { removeWrongLink } from '../../src/library/placing/wrong-link.ts';
import type { FrameRecord } from '../../src/storage/store.ts';
import { faultyFiles } from '../support/faulty-files.ts';
import { placedLibrary } from '../support/placed-library.ts';

/** A picture in place of frame 1's source, with a second name in a folder named by a person. */
async function scene(context: TestContext) {
  const { library, store } = await placedLibrary(context, [1]);
  const [source, linked] = [join(library, '..', 'came since.jpg'), join(library, 'renamed', '1.jpg')];
  mkdirSync(join(library, 'renamed'));
  writeFileSync(source, 'came since');
  linkSync(source, linked);
  const { frame, ...filing } = (await store.frames.get(1 as FrameId)) ?? assert.fail();
  const order: FrameRecord = { frame: { ...frame, source }, ...filing };
  const takeAway = (files: FileSystem = nodeFileSystem) => removeWrongLink(order, { store, files, library });
  return { library, source, linked, takeAway };
}

test('a name that a picture of the inbox got by mistake is taken away, wherever it is; those of others stay', async (context) => {
  const { library, source, linked, takeAway } = await scene(context);
  const other = join(library, 'of a person', '1.jpg');
  mkdirSync(join(library, 'of a person'));
  writeFileSync(other, 'another');
  await takeAway();
  assert.deepEqual([existsSync(source), existsSync(linked)], [true, false]);
  assert.equal(`${readFileSync(other)}${readFileSync(join(library, 'scene-1', '1.jpg'))}`, 'another1');
});

test('the name that a person leaves as the last one stays', async (context) => {
  const { source, linked, takeAway } = await scene(context);
  const files = faultyFiles(({ verb }) => {
    if (verb === 'readFolder') rmSync(source); // it is in the library, after all
  });
  await takeAway(files);
  assert.equal(`${readFileSync(linked)}`, 'came since');
});
