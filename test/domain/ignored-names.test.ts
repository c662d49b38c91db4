import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSystemName, isUnfinishedName } from '../../src/domain/ignored-names.ts';

test('names of recycle bins, snapshots and indexes are known, whatever their case', () => {
  for (const name of [
    '#recycle',
    '#Snapshot',
    '@Recycle',
    '@eaDir',
    '@tmp',
    'LOST+FOUND',
    '__MACOSX',
    'found.000',
  ])
    assert.ok(isSystemName(name), name);
  for (const name of ['$RECYCLE.BIN', 'System Volume Information', 'Thumbs.db', 'desktop.ini', 'Icon\r'])
    assert.ok(isSystemName(name), name);
  for (const name of ['recycle', 'snapshot', 'tmp', 'found', 'found.jpg', '@home', '#1', 'Scene 1'])
    assert.ok(!isSystemName(name), name);
});

test('names of files under way are known: browsers, copies, torrents, sync programs, safe saves', () => {
  for (const name of ['a.jpg.!sync', 'a.JPG.!qB', 'a.bts', 'a.jpg.uploading', 'a.jpg.part', 'a.jpg~'])
    assert.ok(isUnfinishedName(name), name);
  for (const name of ['~syncthing~a.jpg.tmp', 'a.jpg.crdownload', 'a.jpg.sb-1a2b3c4d-AbCdEf', 'a.jpg.aria2'])
    assert.ok(isUnfinishedName(name), name);
  for (const name of ['a.jpg', 'part.jpg', 'sync.png', 'a.sb-1.jpg', 'uploading'])
    assert.ok(!isUnfinishedName(name), name);
});
