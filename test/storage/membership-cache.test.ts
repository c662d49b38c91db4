import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GroupId } from '../../src/domain/group.ts';
import { MembershipCache } from '../../src/storage/membership-cache.ts';

const group = (id: number, folder: string) => ({ id: id as GroupId, folder, frames: 0, foundedMs: 0 });

function membership(...folders: string[]): MembershipCache {
  const all = new MembershipCache();
  for (const [i, folder] of folders.entries()) all.putGroup(group(i + 1, folder));
  return all;
}

test('a group is known by the folder that it has now', () => {
  const all = membership('kitchen', 'garden');
  all.putGroup(group(1, 'cellar'));
  assert.deepEqual(
    ['kitchen', 'cellar', 'garden', ''].map((folder) => all.groupIn(folder)?.id),
    [undefined, 1, 2, undefined],
  );
});

test('groups that change folders with each other, one after the other, are known by their new ones', () => {
  const all = membership('kitchen', 'garden');
  all.putGroup(group(1, 'garden'));
  all.putGroup(group(2, 'kitchen'));
  assert.deepEqual(
    ['kitchen', 'garden'].map((folder) => all.groupIn(folder)?.id),
    [2, 1],
  );
});
