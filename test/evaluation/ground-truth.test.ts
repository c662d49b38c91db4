import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { groundTruthFromFolders } from '../../src/evaluation/ground-truth.ts';
import { nodeFileSystem } from '../../src/lib/fs/file-system.ts';
import { testFolder } from '../support/folders.ts';

test('each sub-folder is a group; data of systems and hidden folders are none', async (context) => {
  const folder = testFolder(context);
  for (const name of ['beach', '@eaDir', '#recycle', '.hidden', '_singles']) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'a.jpg'), '');
  }
  const groups = (await groundTruthFromFolders(folder, nodeFileSystem)).map(({ group }) => group);
  assert.deepEqual(groups.sort(), ['_singles/a.jpg', 'beach']);
});
