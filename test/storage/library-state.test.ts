import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { byHand } from '../../src/domain/assignment/assign.ts';
import type { FrameId } from '../../src/domain/frame.ts';
import type { GroupId } from '../../src/domain/group.ts';
import { trackMembership } from '../../src/storage/library-state.ts';
import { placedLibrary } from '../support/placed-library.ts';

const [one, two] = [1, 2] as GroupId[] as [GroupId, GroupId];
const first = 1 as FrameId;
const why = { act: 'move', by: 'command', rule: 'a person said so', evidence: {} } as const;

/** Frames 1 and 2 are in group 1, frame 3 in group 2. */
async function scene(context: TestContext) {
  const { store, membership } = await placedLibrary(context, [1, 1, 2]);
  const move = {
    frame: first,
    from: { group: one, name: '1.jpg' },
    to: { group: two, name: 'moved.jpg' },
    identity: 'identity',
  };
  const plan = () => store.planChange({ whenMs: 1, why, frames: [move] });
  return { store, membership, move, plan };
}

test('a commit makes its frames members and keeps the numbers of groups apart', async (context) => {
  const { store, membership } = await scene(context);
  assert.deepEqual(membership.members(one), [1, 2]);
  assert.deepEqual(membership.members(two), [3]);
  assert.deepEqual(await store.groups.reserveIds(2), [3, 4]);
  assert.deepEqual(await store.groups.reserveIds(1), [5]);
});

test('a planned move counts as done, and an abandoned move does not', async (context) => {
  const { store, membership, plan } = await scene(context);
  await plan();
  assert.equal(membership.groupOf(first), two);
  assert.equal((await trackMembership(store)).membership.groupOf(first), two);
  await store.abandonMove(first);
  assert.equal(membership.groupOf(first), one);
  assert.equal((await trackMembership(store)).membership.groupOf(first), one);
});

test('a finished move stays where it went', async (context) => {
  const { store, membership, move, plan } = await scene(context);
  await plan();
  await store.finishMoves([{ frame: first, to: move.to, fileId: '1:1' }]);
  assert.equal((await store.frames.get(first))?.placement.group, two);
  assert.equal(membership.groupOf(first), two);
});

test('moves that another process planned are followed on demand', async (context) => {
  const { store, move } = await scene(context);
  const { store: own, membership } = await trackMembership(store);
  await store.planChange({ whenMs: 1, why, frames: [move] });
  assert.equal(membership.groupOf(first), one);
  assert.deepEqual(
    (await own.followMoves()).map(({ frame }) => frame),
    [first],
  );
  assert.equal(membership.groupOf(first), two);
});

test('the changes of a user and forgotten frames reach the membership', async (context) => {
  const { store, membership } = await scene(context);
  const moved = { kind: 'moved', frame: first, from: one, group: two, name: 'x.jpg' } as const;
  await store.applyUserChanges([
    { ...moved, fileId: '1:1', evidence: byHand },
    { kind: 'renamed-group', group: two, folder: 'beach' },
    { ...moved, frame: 99 as FrameId, fileId: '1:1', evidence: byHand },
  ]);
  assert.equal(membership.groupOf(first), two);
  assert.equal(membership.groupIn('beach')?.id, two);
  assert.equal(membership.groupOf(99 as FrameId), undefined);
  await store.forget([first]);
  assert.equal(membership.groupOf(first), undefined);
});

test('a write that the store refuses leaves the membership as it was', async (context) => {
  const { store, membership } = await scene(context);
  const refuse = () => Promise.reject(new Error('no space'));
  const refusing = new Proxy(store, {
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key, target);
      if (key === 'forget') return refuse;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const tracked = await trackMembership(refusing);
  await assert.rejects(tracked.store.forget([first]), /no space/);
  assert.equal(tracked.membership.groupOf(first), one);
  assert.equal(membership.groupOf(first), one);
});
