import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linksOf } from '../../src/domain/corrections.ts';
import type { FrameId } from '../../src/domain/frame.ts';
import type { GroupId } from '../../src/domain/group.ts';
import { type GroupChange, undoable, undoOf } from '../../src/domain/group-change.ts';
import { plainName } from '../../src/domain/placement.ts';

const frame = (id: number) => id as FrameId;
const group = (id: number) => id as GroupId;

function moved(id: number, from: number, to: number) {
  const location = (one: number) => ({ group: group(one), name: `${id} in ${one}.jpg` });
  return { frame: frame(id), from: location(from), to: location(to) };
}

function entry(id: number, more: Partial<GroupChange> = {}): GroupChange {
  const why = { act: 'merge', by: 'command', rule: '', evidence: {} } as const;
  return { id, whenMs: 1_000 * id, why, frames: [], undoes: undefined, undoneBy: undefined, ...more };
}

test('undo moves back the frames still in their new group, with their old names', () => {
  const now = new Map([
    [1, 9],
    [2, 5],
  ]);
  const frames = [moved(1, 7, 9), moved(2, 7, 9), moved(3, 8, 9)];
  const { moves, left } = undoOf({ frames }, (id) => now.get(id) as GroupId | undefined);
  assert.deepEqual(moves, [{ frame: 1, to: 7, name: '1 in 7.jpg' }]);
  assert.deepEqual(left, [
    { frame: 2, reason: 'moved since' },
    { frame: 3, reason: 'gone' },
  ]);
});

test('the newest change is undone first; undone changes and undo entries are skipped', () => {
  const undoing = entry(4, { why: { ...entry(4).why, act: 'undo' }, undoes: 2 });
  const journal = [entry(1), entry(2, { undoneBy: 4 }), entry(3), undoing, entry(5)];
  const ids = (range: Parameters<typeof undoable>[1]) => undoable(journal, range).map(({ id }) => id);
  assert.deepEqual(ids({}), [5, 3, 1]);
  assert.deepEqual(ids({ last: 2 }), [5, 3]);
  assert.deepEqual(ids({ sinceMs: 3_000 }), [5, 3]);
});

test('a correction excludes a group, until the user moves the frame there after all', () => {
  const correction = (id: number, from: number, to: number) => ({
    frame: frame(id),
    from: group(from),
    to: group(to),
  });
  const links = linksOf([correction(1, 2, 3), correction(1, 3, 4), correction(1, 4, 2), correction(5, 2, 3)]);
  assert.deepEqual(links.cannotLink(frame(1)), [3, 4]);
  assert.equal(links.mustLink(frame(1)), 2);
  assert.deepEqual(links.cannotLink(frame(6)), []);
  assert.equal(links.mustLink(frame(6)), undefined);
});

test('a plain name loses the number of a clash, and nothing else', () => {
  const cases = [
    ['a (2).jpg', 'a.jpg', 'a.jpg'],
    ['a (12)', 'a', 'a'],
    ['mine (2).jpg', 'a.jpg', 'mine (2).jpg'],
    ['a (2).jpg', 'a (2).jpg', 'a (2).jpg'],
    ['a (x).jpg', 'a.jpg', 'a (x).jpg'],
    ['a.jpg', 'a.jpg', 'a.jpg'],
  ] as const;
  for (const [name, original, plain] of cases) assert.equal(plainName(name, original), plain, name);
});
