import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Evidence } from '../../src/domain/assignment/assign.ts';
import { linksOf } from '../../src/domain/corrections.ts';
import type { FrameId } from '../../src/domain/frame.ts';
import type { GroupId } from '../../src/domain/group.ts';
import type { ChangeReason, Location } from '../../src/domain/group-change.ts';
import { isEdited } from '../../src/grouping/consolidation/user-constraints.ts';
import { systemClock } from '../../src/lib/async/clock.ts';
import { nodeFileSystem } from '../../src/lib/fs/file-system.ts';
import { mergeOf, planMoves } from '../../src/operations/move-frames.ts';
import { undo } from '../../src/operations/undo.ts';
import { filed } from '../support/decisions.ts';
import { testFolder } from '../support/folders.ts';
import { MemoryStore } from '../support/memory-store/memory-store.ts';
import { clusteredEmbeddings, spaceOf } from '../support/vectors.ts';

const frame = (id: number) => id as FrameId;
const group = (id: number) => id as GroupId;
const embeddings = clusteredEmbeddings(4);

/** Frames 1 and 2 in group 1, 3 and 4 in group 2, all of them placed. */
async function twoGroups(context: TestContext) {
  const folder = testFolder(context);
  const library = join(folder, 'library');
  const store = new MemoryStore(spaceOf(32).id);
  for (const [at, embedding] of embeddings.entries()) {
    const [id, to] = [at + 1, at < 2 ? 1 : 2];
    await store.commit([filed(id, embedding, to, at % 2 === 0)]);
    mkdirSync(join(library, `scene-${to}`), { recursive: true });
    writeFileSync(join(library, `scene-${to}`, `${id}.jpg`), `picture ${id}`);
    const placed = { frame: frame(id), group: group(to), name: `${id}.jpg`, fileId: `1:${id}` };
    await store.frames.markPlaced([{ ...placed, state: 'placed' }]);
  }
  return { parts: { store, files: nodeFileSystem, library, clock: systemClock }, store, library };
}

function why(by: ChangeReason['by']): ChangeReason {
  return { act: 'merge', by, rule: 'alike', evidence: { score: 0.9 } };
}

/** Moves the files as planned, and records the moves. */
async function carriedOut({ store, library }: Awaited<ReturnType<typeof twoGroups>>): Promise<void> {
  const moves = await store.moves.all();
  const pathOf = async ({ group: id, name }: Location) =>
    join(library, await store.groups.folderOf(id), name);
  for (const { from, to, state } of moves)
    if (state !== 'abandoned') renameSync(await pathOf(from), await pathOf(to));
  await store.finishMoves(moves.map(({ frame: id, to }) => ({ frame: id, to, fileId: `2:${id}` })));
}

test('a frame belongs to its old group until it is in the new one; then the emptied one is known to be so', async (context) => {
  const scene = await twoGroups(context);
  const { parts, store } = scene;
  const { id, planned } = await planMoves(
    parts,
    await mergeOf(store, group(2), group(1)),
    why('consolidation'),
  );
  assert.deepEqual([id, planned.length, (await store.counts()).planned], [1, 2, 2]);
  assert.equal((await store.frames.get(frame(3)))?.placement.group, 2);
  assert.equal(await store.frames.at(group(1), '3.jpg'), 3);
  await carriedOut(scene);
  assert.deepEqual([await store.groups.members(group(1)), (await store.counts()).planned], [[1, 2, 3, 4], 0]);
  assert.equal(await store.frames.at(group(2), '3.jpg'), undefined);
  assert.deepEqual(await store.groups.emptied(), [2]);
  await undo(parts, 1);
  assert.deepEqual(await store.groups.emptied(), []);
  await carriedOut(scene);
  assert.equal((await store.frames.get(frame(4)))?.placement.group, 2);
  assert.equal((await store.journal.get(1))?.undoneBy, 2);
});

test('what can not be moved now is told, and the rest is planned', async (context) => {
  const { parts, store, library } = await twoGroups(context);
  await planMoves(parts, [{ frame: frame(4), to: group(1) }], why('command'));
  rmSync(join(library, 'scene-2/3.jpg'));
  const moves = [1, 2, 3, 4, 5].map((id) => ({ frame: frame(id), to: group(1) }));
  const { planned, refused } = await planMoves(
    parts,
    [...moves, { frame: frame(2), to: group(2) }],
    why('command'),
  );
  assert.deepEqual(
    planned.map((one) => [one.frame, one.to.group]),
    [[2, 2]],
  );
  assert.deepEqual(
    refused.map((one) => [one.frame, one.reason]),
    [
      [1, 'there already'],
      [2, 'there already'],
      [3, 'not where it was'],
      [4, 'on its way'],
      [5, 'unknown'],
    ],
  );
  assert.deepEqual(
    Array.from(await store.moves.all(), (one) => one.frame),
    [2, 4],
  );
});

test('a person who moves a picture that is on its way drops the move', async (context) => {
  const scene = await twoGroups(context);
  const { parts, store } = scene;
  await planMoves(parts, await mergeOf(store, group(2), group(1)), why('consolidation'));
  const evidence = (await store.frames.get(frame(3)))?.evidence as Evidence;
  const to = { group: group(1), name: 'mine.jpg', fileId: '3:3' };
  await store.applyUserChanges([{ kind: 'moved', frame: frame(3), from: group(2), ...to, evidence }]);
  await carriedOut(scene);
  const { placement, fileId } = (await store.frames.get(frame(3))) ?? {};
  assert.deepEqual([placement?.name, fileId], ['mine.jpg', '3:3']);
  assert.equal((await store.moves.get(frame(3)))?.state, 'abandoned');
  await store.endMove(frame(3));
  assert.deepEqual(
    [await store.frames.at(group(1), '3.jpg'), await store.frames.at(group(1), 'mine.jpg')],
    [undefined, 3],
  );
});

test('what people say by commands and by undoing is kept, and the groups are theirs from then on', async (context) => {
  const scene = await twoGroups(context);
  const { parts, store } = scene;
  const links = async () => linksOf(await store.corrections.all());
  await planMoves(parts, await mergeOf(store, group(2), group(1)), why('consolidation'));
  await carriedOut(scene);
  assert.deepEqual([await isEdited(store, group(1)), (await links()).mustLink(frame(3))], [false, undefined]);
  await undo(parts, 1);
  await carriedOut(scene);
  assert.deepEqual([await isEdited(store, group(1)), await isEdited(store, group(2))], [true, true]);
  assert.deepEqual([(await links()).cannotLink(frame(3)), (await links()).mustLink(frame(3))], [[1], 2]);
});

test('names in the new folder are not taken twice, and lose the number that they had beside others', async (context) => {
  const { parts, store, library } = await twoGroups(context);
  writeFileSync(join(library, 'scene-1/3.jpg'), 'of somebody else');
  writeFileSync(join(library, 'scene-2/4 (2).jpg'), 'picture 4');
  rmSync(join(library, 'scene-2/4.jpg'));
  const evidence = (await store.frames.get(frame(4)))?.evidence as Evidence;
  const to = { group: group(2), name: '4 (2).jpg', fileId: '1:4' };
  await store.applyUserChanges([{ kind: 'moved', frame: frame(4), from: group(2), ...to, evidence }]);
  const { planned } = await planMoves(parts, await mergeOf(store, group(2), group(1)), why('command'));
  assert.deepEqual(
    planned.map((one) => one.to.name),
    ['3 (2).jpg', '4.jpg'],
  );
});
