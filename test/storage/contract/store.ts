import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Evidence } from '../../../src/domain/assignment/assign.ts';
import type { FrameId } from '../../../src/domain/frame.ts';
import type { Group, GroupId } from '../../../src/domain/group.ts';
import type { ChangeReason } from '../../../src/domain/group-change.ts';
import { seededRandom } from '../../../src/lib/random.ts';
import type { PlannedMove, Quarantined, Store } from '../../../src/storage/store.ts';
import { filed } from '../../support/decisions.ts';
import { changesOf, embeddingOf } from '../../support/store-reads.ts';
import { randomEmbedding, spaceOf } from '../../support/vectors.ts';

/** Space of the vectors in these tests. */
export const contractSpace = spaceOf(8);

const random = seededRandom(11);
const vectors = Array.from({ length: 40 }, () => randomEmbedding(random, contractSpace.dimensions));
const frameId = (id: number) => id as FrameId;
const groupId = (id: number) => id as GroupId;

/** Frame `id` in a group; the first frame of a group founds the group. */
export function arrival(id: number, group: number, isFounder: boolean) {
  return filed(id, vectors[id % vectors.length] as (typeof vectors)[number], group, isFounder);
}

export const byCommand: ChangeReason = { act: 'move', by: 'command', rule: 'a test', evidence: { moves: 1 } };

/** Plan of a move to the same name in another group. */
export async function moveOf(store: Store, frame: number, to: number): Promise<PlannedMove> {
  const { placement } =
    (await store.frames.get(frameId(frame))) ?? assert.fail(`frame ${frame} is not there`);
  const { group, name } = placement;
  return {
    frame: frameId(frame),
    from: { group, name },
    to: { group: groupId(to), name },
    identity: `1:${frame}:1:1`,
  };
}

/** Frames 1 and 2 in group 1, frame 3 in group 2; frames 1 and 3 placed. */
async function twoGroups(
  open: (context: TestContext) => Promise<Store>,
  context: TestContext,
): Promise<Store> {
  const store = await open(context);
  await store.commit([arrival(1, 1, true), arrival(2, 1, false), arrival(3, 2, true)]);
  await store.frames.markPlaced([placed(1, 1), placed(3, 2)]);
  return store;
}

function placed(frame: number, group: number) {
  const place = { frame: frameId(frame), group: groupId(group), name: `${frame}.jpg` };
  return { ...place, state: 'placed', fileId: `1:${frame}` } as const;
}

function quarantined(id: number, state: Quarantined['state']): Quarantined {
  const facts = { id, source: `/inbox/bad-${id}.jpg`, identity: `1:9${id}:1:1`, whenMs: id };
  return { ...facts, reason: 'not-an-image', message: 'no picture', state };
}

/** Behaviour of every store. */
export function storeContract(name: string, open: (context: TestContext) => Promise<Store>): void {
  test(`${name}: committed frames are members, found by name, by content and by source`, async (context) => {
    const store = await twoGroups(open, context);
    assert.deepEqual(await store.groups.members(groupId(1)), [1, 2]);
    assert.equal(await store.frames.at(groupId(1), '2.jpg'), 2);
    assert.equal(await store.frames.withFingerprint(arrival(3, 2, true).frame.fingerprint), 3);
    assert.deepEqual(await store.frames.source('/inbox/2.jpg'), { identity: '1:2:1:1', frame: 2 });
    assert.equal((await store.frames.get(frameId(2)))?.placement.state, 'planned');
    assert.deepEqual(await store.groups.get(groupId(1)), {
      id: 1,
      folder: 'scene-1',
      frames: 2,
      foundedMs: 1,
    });
    assert.equal(await store.frames.get(frameId(9)), undefined);
    assert.deepEqual(await store.counts(), { frames: 3, groups: 2, planned: 1, quarantined: 0 });
    assert.deepEqual(
      { ...(await store.last()), keypointCredit: 0 },
      { frame: 3, group: 2, quarantined: 0, keypointCredit: 0 },
    );
  });

  test(`${name}: a placed frame has its file, waits for its manifest, and its moved source is forgotten`, async (context) => {
    const store = await twoGroups(open, context);
    assert.equal((await store.frames.get(frameId(1)))?.fileId, '1:1');
    assert.equal(await store.frames.source('/inbox/1.jpg'), undefined);
    assert.deepEqual(await store.frames.planned(), [2]);
    assert.deepEqual(await store.manifests.unwritten(), [
      { group: 1, frame: 1 },
      { group: 2, frame: 3 },
    ]);
    await store.manifests.markWritten([{ group: groupId(1), frame: frameId(1) }]);
    assert.deepEqual(await store.manifests.unwritten(), [{ group: 2, frame: 3 }]);
  });

  test(`${name}: another name to try frees the name before`, async (context) => {
    const store = await twoGroups(open, context);
    await store.frames.markPlaced([
      { frame: frameId(2), group: groupId(1), name: '2 (2).jpg', state: 'planned', fileId: undefined },
    ]);
    assert.equal(await store.frames.at(groupId(1), '2.jpg'), undefined);
    assert.equal(await store.frames.at(groupId(1), '2 (2).jpg'), 2);
  });

  test(`${name}: a forgotten frame leaves names, members, vectors and moves`, async (context) => {
    const store = await twoGroups(open, context);
    await store.planChange({ whenMs: 5, why: byCommand, frames: [await moveOf(store, 1, 2)] });
    await store.forget([frameId(1)]);
    assert.deepEqual(await store.groups.members(groupId(1)), [2]);
    assert.deepEqual(
      [await store.frames.get(frameId(1)), await embeddingOf(store, frameId(1))],
      [undefined, undefined],
    );
    assert.equal(await store.moves.get(frameId(1)), undefined);
    for (const group of [1, 2]) assert.equal(await store.frames.at(groupId(group), '1.jpg'), undefined);
    assert.equal((await changesOf(store)).length, 1);
  });

  test(`${name}: a planned move reserves its name, and counts only when it is finished`, async (context) => {
    const store = await twoGroups(open, context);
    const { id } = await store.planChange({ whenMs: 5, why: byCommand, frames: [await moveOf(store, 1, 2)] });
    assert.equal(id, 1);
    assert.equal(await store.frames.at(groupId(2), '1.jpg'), 1);
    assert.equal((await store.frames.get(frameId(1)))?.placement.group, 1);
    await store.moves.markLinked(frameId(1));
    assert.equal((await store.moves.get(frameId(1)))?.state, 'linked');
    await store.finishMoves([
      { frame: frameId(1), to: { group: groupId(2), name: '1.jpg' }, fileId: '1:77' },
    ]);
    assert.deepEqual(await store.groups.members(groupId(2)), [1, 3]);
    assert.equal((await store.frames.get(frameId(1)))?.fileId, '1:77');
    assert.equal(await store.frames.at(groupId(1), '1.jpg'), undefined);
    assert.deepEqual(await store.corrections.all(), [{ frame: 1, from: 1, to: 2 }]);
    assert.deepEqual(await store.moves.all(), []);
  });

  test(`${name}: a group that lost its last frame to a move is listed until its folder is removed`, async (context) => {
    const store = await twoGroups(open, context);
    await store.planChange({
      whenMs: 5,
      why: { ...byCommand, by: 'consolidation' },
      frames: [await moveOf(store, 3, 1)],
    });
    await store.finishMoves([{ frame: frameId(3), to: { group: groupId(1), name: '3.jpg' }, fileId: '1:3' }]);
    assert.deepEqual(await store.groups.emptied(), [2]);
    assert.deepEqual(await store.corrections.all(), []);
    await store.groups.markRemoved(groupId(2));
    assert.deepEqual(await store.groups.emptied(), []);
    assert.equal((await store.groups.get(groupId(2)))?.frames, 0);
  });

  test(`${name}: an abandoned move keeps its names until it ends, and never finishes`, async (context) => {
    const store = await twoGroups(open, context);
    await store.planChange({ whenMs: 5, why: byCommand, frames: [await moveOf(store, 1, 2)] });
    await store.abandonMove(frameId(1));
    await store.finishMoves([{ frame: frameId(1), to: { group: groupId(2), name: '1.jpg' }, fileId: '1:1' }]);
    assert.equal((await store.moves.get(frameId(1)))?.state, 'abandoned');
    assert.equal(await store.frames.at(groupId(2), '1.jpg'), 1);
    await store.endMove(frameId(1));
    assert.equal(await store.frames.at(groupId(2), '1.jpg'), undefined);
    assert.equal(await store.frames.at(groupId(1), '1.jpg'), 1);
  });

  test(`${name}: a plan leaves out frames that moved, left or are on their way`, async (context) => {
    const store = await twoGroups(open, context);
    const moves = [await moveOf(store, 1, 2), await moveOf(store, 2, 2), await moveOf(store, 3, 1)];
    const recordedFrames: number[][] = [];
    const note = (id: number, recorded: readonly PlannedMove[]) => {
      recordedFrames.push(recorded.map(({ frame }) => frame));
      return { key: `request/${id}`, value: Buffer.from('planned') };
    };
    const plan = (frames: readonly PlannedMove[], founded?: Group) =>
      store.planChange({ whenMs: 5, why: byCommand, frames, founded, note });
    await plan(moves.slice(0, 1));
    await store.forget([frameId(2)]);
    const { id, frames } = await plan(moves);
    assert.deepEqual([id, frames.map(({ frame }) => frame)], [2, [3]]);
    assert.deepEqual(recordedFrames, [[1], [3]]);
    assert.deepEqual(
      (await store.journal.get(2))?.frames.map(({ frame }) => frame),
      [3],
    );
    assert.equal((await store.moves.get(frameId(1)))?.change, 1);
    const founded = { id: groupId(7), folder: 'scene-7', frames: 0, foundedMs: 1 };
    assert.deepEqual(await plan(moves, founded), { id: undefined, frames: [] });
    assert.deepEqual([await store.groups.get(groupId(7)), (await changesOf(store)).length], [undefined, 2]);
    assert.equal(recordedFrames.length, 2);
  });

  test(`${name}: a frame at another place than its plan says is left out`, async (context) => {
    const store = await twoGroups(open, context);
    const move = await moveOf(store, 1, 2);
    const elsewhere = { ...move, from: { ...move.from, name: 'before.jpg' } };
    const plan = { whenMs: 5, why: byCommand, frames: [elsewhere] };
    assert.deepEqual(await store.planChange(plan), { id: undefined, frames: [] });
    assert.equal(await store.moves.get(frameId(1)), undefined);
    assert.equal(await store.frames.at(groupId(2), '1.jpg'), undefined);
  });

  test(`${name}: a change notes its undo, and its note is in the same transaction`, async (context) => {
    const store = await twoGroups(open, context);
    const { id: first = 0 } = await store.planChange({
      whenMs: 5,
      why: byCommand,
      frames: [await moveOf(store, 1, 2)],
    });
    const note = (id: number) => ({ key: `request/${id}`, value: Buffer.from('planned') });
    const { id: second = 0 } = await store.planChange({
      whenMs: 6,
      why: { ...byCommand, act: 'undo' },
      frames: [],
      undoes: first,
      note,
    });
    assert.equal((await store.journal.get(first))?.undoneBy, second);
    assert.equal((await store.journal.get(second))?.undoes, first);
    assert.equal((await store.requests.get(`request/${second}`))?.toString(), 'planned');
  });

  test(`${name}: the user is right: a moved picture is a correction and abandons a planned move`, async (context) => {
    const store = await twoGroups(open, context);
    await store.planChange({ whenMs: 5, why: byCommand, frames: [await moveOf(store, 1, 2)] });
    const evidence: Evidence = {
      rule: 'put-by-hand',
      join: 0,
      probability: 1,
      nearest: undefined,
      runnerUp: undefined,
    };
    const to = { group: groupId(2), name: 'mine.jpg', fileId: '1:1', evidence };
    await store.applyUserChanges([{ kind: 'moved', frame: frameId(1), from: groupId(1), ...to }]);
    assert.equal((await store.frames.get(frameId(1)))?.placement.name, 'mine.jpg');
    assert.equal((await store.moves.get(frameId(1)))?.state, 'abandoned');
    assert.deepEqual(await store.corrections.all(), [{ frame: 1, from: 1, to: 2 }]);
    await store.applyUserChanges([{ kind: 'renamed-group', group: groupId(2), folder: 'beach' }]);
    assert.equal((await store.frames.get(frameId(1)))?.placement.folder, 'beach');
    assert.deepEqual(await store.groups.edited(), [1, 2]);
  });

  test(`${name}: quarantine remembers a source that stays, and a release forgets it`, async (context) => {
    const store = await open(context);
    await store.commit([{ kind: 'quarantine', quarantined: quarantined(1, 'planned') }]);
    await store.commit([{ kind: 'quarantine', quarantined: quarantined(2, 'placed') }]);
    assert.deepEqual(await store.frames.source('/inbox/bad-1.jpg'), {
      identity: '1:91:1:1',
      frame: undefined,
    });
    assert.equal(await store.frames.source('/inbox/bad-2.jpg'), undefined);
    assert.equal((await store.last()).quarantined, 2);
    await store.quarantine.release([quarantined(1, 'planned')]);
    assert.equal(await store.frames.source('/inbox/bad-1.jpg'), undefined);
    assert.deepEqual(
      Array.from(await store.quarantine.all(), ({ id }) => id),
      [2],
    );
  });

  test(`${name}: another space is used when every frame has a vector there`, async (context) => {
    const store = await twoGroups(open, context);
    const other = spaceOf(4);
    const table = await store.spaces.create(other);
    const vector = randomEmbedding(random, 4);
    await table.put([1, 2].map((frame) => ({ frame: frameId(frame), embedding: vector })));
    await table.put([{ frame: frameId(99), embedding: vector }]);
    assert.deepEqual(await table.missing(frameId(0), 10), [3]);
    await assert.rejects(store.spaces.activate(other, undefined), /3/);
    await table.put([{ frame: frameId(3), embedding: vector }]);
    const choice = { configured: 'builtin', model: 'other', calibration: null, joinSimilarity: 0.5 };
    await store.spaces.activate(other, choice);
    assert.deepEqual(await store.spaces.list(), [other.id, contractSpace.id]);
    assert.deepEqual(await store.spaces.choice(), choice);
    assert.equal((await embeddingOf(store, frameId(1)))?.length, 4);
    await store.spaces.drop(contractSpace);
    assert.deepEqual(await store.spaces.list(), [other.id]);
  });

  test(`${name}: requests are listed by prefix, in order`, async (context) => {
    const { requests } = await open(context);
    for (const key of ['b/2', 'a/1', 'b/1']) await requests.put({ key, value: Buffer.from(key) });
    const listed = async () => (await requests.list('b/')).map(({ key, value }) => `${key}: ${value}`);
    assert.deepEqual(await listed(), ['b/1: b/1', 'b/2: b/2']);
    await requests.delete(['b/1', 'unknown']);
    assert.deepEqual(await listed(), ['b/2: b/2']);
    assert.equal(await requests.get('b/1'), undefined);
  });

  test(`${name}: a change of a request sees the latest bytes, and nothing else writes meanwhile`, async (context) => {
    const { requests } = await open(context);
    await requests.put({ key: 'a', value: Buffer.from('') });
    const append = (letter: string) =>
      requests.update('a', (latest) => Buffer.from(`${latest.toString()}${letter}`));
    await Promise.all(Array.from('abcdef', append));
    assert.equal((await requests.get('a'))?.length, 6);
    assert.equal(await requests.update('a', () => undefined), undefined);
    assert.equal((await requests.get('a'))?.length, 6);
    await requests.delete(['a']);
    assert.equal(await append('x'), undefined);
    assert.equal(await requests.get('a'), undefined);
  });

  test(`${name}: a failed change of a request changes nothing`, async (context) => {
    const { requests } = await open(context);
    await requests.put({ key: 'a', value: Buffer.from('before') });
    const fail = () => {
      throw new Error('made to fail');
    };
    await assert.rejects(requests.update('a', fail), /made to fail/);
    assert.equal((await requests.get('a'))?.toString(), 'before');
  });

  test(`${name}: segments are listed by prefix, in order, and settings are single values`, async (context) => {
    const store = await open(context);
    const { segments } = store;
    for (const key of ['b/2', 'a/1', 'b/1']) await segments.put(key, Buffer.from(key));
    assert.deepEqual(await segments.keys('b/'), ['b/1', 'b/2']);
    await segments.delete(['b/1']);
    assert.deepEqual(
      [await segments.get('b/1'), (await segments.get('b/2'))?.toString()],
      [undefined, 'b/2'],
    );
    await store.settings.put('library', Buffer.from('one'));
    await store.settings.put('library', Buffer.from('two'));
    assert.equal((await store.settings.get('library'))?.toString(), 'two');
  });
}
