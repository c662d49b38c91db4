import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Evidence } from '../../../src/domain/assignment/assign.ts';
import type { FrameId } from '../../../src/domain/frame.ts';
import type { Group, GroupId } from '../../../src/domain/group.ts';
import type { ChangeReason } from '../../../src/domain/group-change.ts';
import { seededRandom } from '../../../src/lib/random.ts';
import type { PlannedMove, Quarantined, Store } from '../../../src/storage/store.ts';
import { filed } from '../../support/decisions.ts';
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
export function moveOf(store: Store, frame: number, to: number): PlannedMove {
  const { placement } = store.filing(frameId(frame)) ?? assert.fail(`frame ${frame} is not there`);
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
  store.commit([arrival(1, 1, true), arrival(2, 1, false), arrival(3, 2, true)]);
  store.markPlaced([placed(1, 1), placed(3, 2)]);
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
    assert.deepEqual(Array.from(store.members(groupId(1))), [1, 2]);
    assert.equal(store.frameAt(groupId(1), '2.jpg'), 2);
    assert.equal(store.frameWith(arrival(3, 2, true).frame.fingerprint), 3);
    assert.deepEqual(store.source('/inbox/2.jpg'), { identity: '1:2:1:1', frame: 2 });
    assert.equal(store.filing(frameId(2))?.placement.state, 'planned');
    assert.deepEqual(store.group(groupId(1)), { id: 1, folder: 'scene-1', frames: 2, foundedMs: 1 });
    assert.equal(store.filing(frameId(9)), undefined);
    assert.deepEqual(store.counts(), { frames: 3, groups: 2, planned: 1, quarantined: 0 });
    assert.deepEqual(
      { ...store.last(), keypointCredit: 0 },
      { frame: 3, group: 2, quarantined: 0, keypointCredit: 0 },
    );
  });

  test(`${name}: a placed frame has its file, waits for its manifest, and its moved source is forgotten`, async (context) => {
    const store = await twoGroups(open, context);
    assert.equal(store.filing(frameId(1))?.fileId, '1:1');
    assert.equal(store.source('/inbox/1.jpg'), undefined);
    assert.deepEqual(Array.from(store.planned()), [2]);
    assert.deepEqual(Array.from(store.unwritten()), [
      { group: 1, frame: 1 },
      { group: 2, frame: 3 },
    ]);
    store.markWritten([{ group: groupId(1), frame: frameId(1) }]);
    assert.deepEqual(Array.from(store.unwritten()), [{ group: 2, frame: 3 }]);
  });

  test(`${name}: another name to try frees the name before`, async (context) => {
    const store = await twoGroups(open, context);
    store.markPlaced([
      { frame: frameId(2), group: groupId(1), name: '2 (2).jpg', state: 'planned', fileId: undefined },
    ]);
    assert.equal(store.frameAt(groupId(1), '2.jpg'), undefined);
    assert.equal(store.frameAt(groupId(1), '2 (2).jpg'), 2);
  });

  test(`${name}: a forgotten frame leaves names, members, vectors and moves`, async (context) => {
    const store = await twoGroups(open, context);
    store.regroupings.plan({ whenMs: 5, why: byCommand, frames: [moveOf(store, 1, 2)] });
    store.forget([frameId(1)]);
    assert.deepEqual(Array.from(store.members(groupId(1))), [2]);
    assert.deepEqual([store.filing(frameId(1)), store.embedding(frameId(1))], [undefined, undefined]);
    assert.equal(store.regroupings.pendingMove(frameId(1)), undefined);
    for (const group of [1, 2]) assert.equal(store.frameAt(groupId(group), '1.jpg'), undefined);
    assert.equal(Array.from(store.regroupings.journal()).length, 1);
  });

  test(`${name}: a planned move reserves its name, and counts only when it is finished`, async (context) => {
    const store = await twoGroups(open, context);
    const { regroupings } = store;
    const { id } = regroupings.plan({ whenMs: 5, why: byCommand, frames: [moveOf(store, 1, 2)] });
    assert.equal(id, 1);
    assert.equal(store.frameAt(groupId(2), '1.jpg'), 1);
    assert.equal(store.filing(frameId(1))?.placement.group, 1);
    regroupings.markLinked(frameId(1));
    assert.equal(regroupings.pendingMove(frameId(1))?.state, 'linked');
    regroupings.finishMoves([
      { frame: frameId(1), to: { group: groupId(2), name: '1.jpg' }, fileId: '1:77' },
    ]);
    assert.deepEqual(Array.from(store.members(groupId(2))), [1, 3]);
    assert.equal(store.filing(frameId(1))?.fileId, '1:77');
    assert.equal(store.frameAt(groupId(1), '1.jpg'), undefined);
    assert.deepEqual(Array.from(store.corrections()), [{ frame: 1, from: 1, to: 2 }]);
    assert.deepEqual(Array.from(regroupings.underWay()), []);
  });

  test(`${name}: a group that lost its last frame to a move is listed until its folder is removed`, async (context) => {
    const store = await twoGroups(open, context);
    const { regroupings } = store;
    regroupings.plan({
      whenMs: 5,
      why: { ...byCommand, by: 'consolidation' },
      frames: [moveOf(store, 3, 1)],
    });
    regroupings.finishMoves([{ frame: frameId(3), to: { group: groupId(1), name: '3.jpg' }, fileId: '1:3' }]);
    assert.deepEqual(Array.from(regroupings.emptied()), [2]);
    assert.deepEqual(Array.from(store.corrections()), []);
    regroupings.markRemoved(groupId(2));
    assert.deepEqual(Array.from(regroupings.emptied()), []);
    assert.equal(store.group(groupId(2))?.frames, 0);
  });

  test(`${name}: an abandoned move keeps its names until it ends, and never finishes`, async (context) => {
    const store = await twoGroups(open, context);
    const { regroupings } = store;
    regroupings.plan({ whenMs: 5, why: byCommand, frames: [moveOf(store, 1, 2)] });
    regroupings.drop(frameId(1));
    regroupings.finishMoves([{ frame: frameId(1), to: { group: groupId(2), name: '1.jpg' }, fileId: '1:1' }]);
    assert.equal(regroupings.pendingMove(frameId(1))?.state, 'abandoned');
    assert.equal(store.frameAt(groupId(2), '1.jpg'), 1);
    regroupings.end(frameId(1));
    assert.equal(store.frameAt(groupId(2), '1.jpg'), undefined);
    assert.equal(store.frameAt(groupId(1), '1.jpg'), 1);
  });

  test(`${name}: a plan leaves out frames that moved, left or are on their way`, async (context) => {
    const store = await twoGroups(open, context);
    const { regroupings } = store;
    const moves = [moveOf(store, 1, 2), moveOf(store, 2, 2), moveOf(store, 3, 1)];
    const recordedFrames: number[][] = [];
    const note = (id: number, recorded: readonly PlannedMove[]) => {
      recordedFrames.push(recorded.map(({ frame }) => frame));
      return { key: `request/${id}`, value: Buffer.from('planned') };
    };
    const plan = (frames: readonly PlannedMove[], founded?: Group) =>
      regroupings.plan({ whenMs: 5, why: byCommand, frames, founded, note });
    plan(moves.slice(0, 1));
    store.forget([frameId(2)]);
    const { id, frames } = plan(moves);
    assert.deepEqual([id, frames.map(({ frame }) => frame)], [2, [3]]);
    assert.deepEqual(recordedFrames, [[1], [3]]);
    assert.deepEqual(
      regroupings.get(2)?.frames.map(({ frame }) => frame),
      [3],
    );
    assert.equal(regroupings.pendingMove(frameId(1))?.change, 1);
    const founded = { id: groupId(7), folder: 'scene-7', frames: 0, foundedMs: 1 };
    assert.deepEqual(plan(moves, founded), { id: undefined, frames: [] });
    assert.deepEqual([store.group(groupId(7)), Array.from(regroupings.journal()).length], [undefined, 2]);
    assert.equal(recordedFrames.length, 2);
  });

  test(`${name}: a frame at another place than its plan says is left out`, async (context) => {
    const store = await twoGroups(open, context);
    const move = moveOf(store, 1, 2);
    const elsewhere = { ...move, from: { ...move.from, name: 'before.jpg' } };
    const plan = { whenMs: 5, why: byCommand, frames: [elsewhere] };
    assert.deepEqual(store.regroupings.plan(plan), { id: undefined, frames: [] });
    assert.equal(store.regroupings.pendingMove(frameId(1)), undefined);
    assert.equal(store.frameAt(groupId(2), '1.jpg'), undefined);
  });

  test(`${name}: a change notes its undo, and its note is in the same transaction`, async (context) => {
    const store = await twoGroups(open, context);
    const { regroupings } = store;
    const { id: first = 0 } = regroupings.plan({
      whenMs: 5,
      why: byCommand,
      frames: [moveOf(store, 1, 2)],
    });
    const note = (id: number) => ({ key: `request/${id}`, value: Buffer.from('planned') });
    const { id: second = 0 } = regroupings.plan({
      whenMs: 6,
      why: { ...byCommand, act: 'undo' },
      frames: [],
      undoes: first,
      note,
    });
    assert.equal(regroupings.get(first)?.undoneBy, second);
    assert.equal(regroupings.get(second)?.undoes, first);
    assert.equal((await store.requests.get(`request/${second}`))?.toString(), 'planned');
  });

  test(`${name}: the user is right: a moved picture is a correction and abandons a planned move`, async (context) => {
    const store = await twoGroups(open, context);
    store.regroupings.plan({ whenMs: 5, why: byCommand, frames: [moveOf(store, 1, 2)] });
    const evidence: Evidence = {
      rule: 'put-by-hand',
      join: 0,
      probability: 1,
      nearest: undefined,
      runnerUp: undefined,
    };
    const to = { group: groupId(2), name: 'mine.jpg', fileId: '1:1', evidence };
    store.applyUserChanges([{ kind: 'moved', frame: frameId(1), from: groupId(1), ...to }]);
    assert.equal(store.filing(frameId(1))?.placement.name, 'mine.jpg');
    assert.equal(store.regroupings.pendingMove(frameId(1))?.state, 'abandoned');
    assert.deepEqual(Array.from(store.corrections()), [{ frame: 1, from: 1, to: 2 }]);
    store.applyUserChanges([{ kind: 'renamed-group', group: groupId(2), folder: 'beach' }]);
    assert.equal(store.filing(frameId(1))?.placement.folder, 'beach');
    assert.deepEqual(Array.from(store.regroupings.touched()), [1, 2]);
  });

  test(`${name}: quarantine remembers a source that stays, and a release forgets it`, async (context) => {
    const store = await open(context);
    store.commit([{ kind: 'quarantine', quarantined: quarantined(1, 'planned') }]);
    store.commit([{ kind: 'quarantine', quarantined: quarantined(2, 'placed') }]);
    assert.deepEqual(store.source('/inbox/bad-1.jpg'), { identity: '1:91:1:1', frame: undefined });
    assert.equal(store.source('/inbox/bad-2.jpg'), undefined);
    assert.equal(store.last().quarantined, 2);
    store.release([quarantined(1, 'planned')]);
    assert.equal(store.source('/inbox/bad-1.jpg'), undefined);
    assert.deepEqual(
      Array.from(store.quarantined(), ({ id }) => id),
      [2],
    );
  });

  test(`${name}: another space is used when every frame has a vector there`, async (context) => {
    const store = await twoGroups(open, context);
    const other = spaceOf(4);
    const table = store.spaces.create(other);
    const vector = randomEmbedding(random, 4);
    table.put([1, 2].map((frame) => ({ frame: frameId(frame), embedding: vector })));
    table.put([{ frame: frameId(99), embedding: vector }]);
    assert.deepEqual(table.missing(frameId(0), 10), [3]);
    assert.throws(() => store.spaces.activate(other, undefined), /3/);
    table.put([{ frame: frameId(3), embedding: vector }]);
    const choice = { configured: 'builtin', model: 'other', calibration: null, joinSimilarity: 0.5 };
    store.spaces.activate(other, choice);
    assert.deepEqual(store.spaces.list(), [other.id, contractSpace.id]);
    assert.deepEqual(store.spaces.choice, choice);
    assert.equal(store.embedding(frameId(1))?.length, 4);
    store.spaces.drop(contractSpace);
    assert.deepEqual(store.spaces.list(), [other.id]);
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
    for (const key of ['b/2', 'a/1', 'b/1']) segments.put(key, Buffer.from(key));
    assert.deepEqual(segments.keys('b/'), ['b/1', 'b/2']);
    segments.delete(['b/1']);
    assert.deepEqual([segments.get('b/1'), segments.get('b/2')?.toString()], [undefined, 'b/2']);
    await store.settings.put('library', Buffer.from('one'));
    await store.settings.put('library', Buffer.from('two'));
    assert.equal((await store.settings.get('library'))?.toString(), 'two');
  });
}
