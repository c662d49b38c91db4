import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { type FileSystem, nodeFileSystem } from '../../src/lib/fs/file-system.ts';
import { freeNameIn } from '../../src/library/placing/free-name.ts';
import { testFolder } from '../support/folders.ts';

const isReserved = async () => false;

test('a name that is taken on disk or reserved gets the first number that is free', async (context) => {
  const folder = testFolder(context);
  writeFileSync(`${folder}/a.jpg`, '');
  const taken = async (name: string) => name === 'a (2).jpg';
  assert.equal(await freeNameIn(folder, 'a.jpg', { files: nodeFileSystem, isReserved: taken }), 'a (3).jpg');
  assert.equal(await freeNameIn(folder, 'b.jpg', { files: nodeFileSystem, isReserved }), 'b.jpg');
});

test('where names that differ in case are one, none of these is free', async (context) => {
  const folder = testFolder(context);
  for (const name of ['Photo.JPG', 'PHOTO (2).jpg']) writeFileSync(`${folder}/${name}`, '');
  const sameAs = (path: string) =>
    readdirSync(folder).find((name) => `${folder}/${name}`.toLowerCase() === path.toLowerCase());
  const files: FileSystem = {
    ...nodeFileSystem,
    stat: (path) => nodeFileSystem.stat(`${folder}/${sameAs(path) ?? '-'}`),
  };
  assert.equal(await freeNameIn(folder, 'photo.jpg', { files, isReserved }), 'photo (3).jpg');
});
