import assert from 'node:assert/strict';
import { mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { FrameId } from '../../src/domain/frame.ts';
import type { GroupId } from '../../src/domain/group.ts';
import type { Location } from '../../src/domain/group-change.ts';
import { GroupFactory } from '../../src/grouping/group-factory.ts';
import { type FileSystem, nodeFileSystem } from '../../src/lib/fs/file-system.ts';
import { openLog } from '../../src/lib/logger.ts';
import { Events } from '../../src/monitoring/events.ts';
import { planMoves } from '../../src/operations/move-frames.ts';
import { RequestExecutor, type RequestHandlers } from '../../src/operations/request-executor.ts';
import { libraryHandlers, retryHandler } from '../../src/operations/request-handlers.ts';
import {
  type Request,
  type RequestDone,
  type RequestFailed,
  readNote,
  readNotes,
  submitRequest,
  takeResult,
  withResult,
  writeNote,
} from '../../src/operations/requests.ts';
import {
  confirmSwitch,
  convertSwitchBefore,
  currentSwitch,
  isUnconfirmed,
} from '../../src/operations/switch-model/switch-request.ts';
import { trackMembership } from '../../src/storage/library-state.ts';
import type { MembershipCache } from '../../src/storage/membership-cache.ts';
import type { Store } from '../../src/storage/store.ts';
import { FakeClock } from '../support/clock.ts';
import { Crash, faultyFiles } from '../support/faulty-files.ts';
import { placedLibrary } from '../support/placed-library.ts';
import { changesOf } from '../support/store-reads.ts';

const log = openLog({ level: 'silent', format: 'json' });
const frame = (id: number) => id as FrameId;
const group = (id: number) => id as GroupId;
const nobody = (store: Store, handlers: RequestHandlers = {}) =>
  new RequestExecutor({ store, clock: new FakeClock(), events: new Events(log), handlers });

/** Frames 1 and 2 are in scene-1, frame 3 in scene-2. */
async function scene(context: TestContext) {
  const { library, store } = await placedLibrary(context, [1, 1, 2]);
  const clock = new FakeClock();
  /** The executor of a newly started process. */
  const executor = async (
    files: FileSystem = nodeFileSystem,
    prepare: (membership: MembershipCache) => void = () => {},
  ) => {
    const tracked = await trackMembership(store);
    prepare(tracked.membership as MembershipCache);
    const reserveIds = (count: number) => store.groups.reserveIds(count);
    const options = { reserveIds, folderTemplate: 'scene-{number}', isFolderTaken: () => false };
    const groupFactory = new GroupFactory(tracked.membership, options);
    const handlers = libraryHandlers({ ...tracked, groupFactory, files, library, clock });
    return new RequestExecutor({ store: tracked.store, clock, events: new Events(log), handlers });
  };
  return { library, store, clock, executor };
}

/** Moves the files as planned. */
async function carryOut(store: Store, library: string): Promise<void> {
  for (const { frame: id, from, to } of await store.moves.all()) {
    const pathOf = async ({ group, name }: Location) =>
      join(library, await store.groups.folderOf(group), name);
    const [before, after] = [await pathOf(from), await pathOf(to)];
    mkdirSync(dirname(after), { recursive: true });
    renameSync(before, after);
    await store.finishMoves([{ frame: id, to, fileId: '1:1' }]);
  }
}

const planning: readonly Request[] = [
  { kind: 'split', frames: [frame(1)], name: 'beach' },
  { kind: 'move', frames: [frame(1)], to: group(2) },
  { kind: 'merge', from: group(2), into: group(1) },
];

for (const request of planning)
  test(`${request.kind}: a kill before the plan runs the request again, a kill after it does not`, async (context) => {
    const { store, executor } = await scene(context);
    const key = await submitRequest(store, request);
    const dying = faultyFiles(({ verb }) => {
      if (verb === 'stat' || verb === 'readFolder') throw new Crash(verb);
    });
    await assert.rejects((await executor(dying)).runWaiting(), Crash);
    const { state, attempts } = (await readNote(store, key)) ?? {};
    assert.deepEqual([state, attempts], ['running', 1]);
    await (await executor()).runWaiting();
    const noted = await readNote(store, key);
    await (await executor()).runWaiting(); // the next process
    assert.deepEqual(await readNote(store, key), noted);
    assert.equal((await changesOf(store)).length, 1);
    const { kind, id, planned } = (await takeResult(store, key)) as RequestDone;
    assert.deepEqual([kind, id, planned.length, noted?.state], ['done', 1, 1, 'done']);
    const why = (await store.journal.get(1))?.why;
    assert.deepEqual([why?.act, why?.by, why?.rule], [request.kind, 'command', 'a person said so']);
  });

test('the plan and its result are recorded together: a kill right after it loses neither', async (context) => {
  const { store, library, executor } = await scene(context);
  for (const [at, request] of [...planning, { kind: 'undo', change: 3 } as const].entries()) {
    const key = await submitRequest(store, request);
    const killed = await executor(nodeFileSystem, (membership) => {
      membership.putFrame = () => {
        throw new Crash('after the record');
      };
    });
    await assert.rejects(killed.runWaiting(), Crash, request.kind);
    assert.equal((await readNote(store, key))?.state, 'done', request.kind);
    await (await executor()).runWaiting();
    assert.equal((await changesOf(store)).length, at + 1);
    assert.equal(((await takeResult(store, key)) as RequestDone).id, at + 1);
    await carryOut(store, library);
  }
});

test('undo takes a change back, and counts as done where no picture can be brought back', async (context) => {
  const { store, library, clock, executor } = await scene(context);
  const parts = { store, files: nodeFileSystem, library, clock };
  const why = { act: 'move', by: 'command', rule: 'a person said so', evidence: {} } as const;
  const { id: change = 0 } = await planMoves(parts, [{ frame: frame(1), to: group(2) }], why);
  await store.forget([frame(1)]);
  const key = await submitRequest(store, { kind: 'undo', change });
  await (await executor()).runWaiting();
  const { id, planned, refused } = (await takeResult(store, key)) as RequestDone;
  assert.deepEqual([id, planned, refused], [2, [], [{ frame: 1, reason: 'gone' }]]);
  assert.equal((await store.journal.get(change))?.undoneBy, 2);
});

test('a move to a group that does not exist fails with a usage error', async (context) => {
  const { store, executor } = await scene(context);
  const key = await submitRequest(store, { kind: 'move', frames: [frame(1)], to: group(9) });
  await (await executor()).runWaiting();
  const { kind, exitCode } = (await takeResult(store, key)) as RequestFailed;
  assert.deepEqual([kind, exitCode], ['failed', 2]);
});

test('retry marks files of the quarantine, and no other requests are run without the library', async (context) => {
  const { store } = await scene(context);
  const quarantined = {
    source: '/in/a.jpg',
    identity: '1:2:3:4',
    reason: 'unreadable',
    message: '',
    whenMs: 1,
  };
  for (const [id, state] of [
    [1, 'placed'],
    [2, 'planned'],
    [3, 'left'],
  ] as const)
    await store.commit([{ kind: 'quarantine', quarantined: { ...quarantined, id, state } as never }]);
  const other = await submitRequest(store, planning[0] as Request);
  const key = await submitRequest(store, { kind: 'retry', quarantined: [1, 2] });
  const executor = nobody(store, { retry: retryHandler({ store }) });
  assert.equal(await executor.hasWaiting(), true);
  await executor.runWaiting();
  assert.equal((await takeResult(store, key))?.kind, 'done');
  const states = Array.from(await store.quarantine.all(), ({ id, state }) => [id, state]);
  assert.deepEqual(states, [
    [1, 'returning'],
    [2, 'planned'],
    [3, 'left'],
  ]);
  assert.deepEqual(
    [(await readNote(store, other))?.state, await executor.hasWaiting()],
    ['submitted', false],
  );
});

test('requests are run in the order of their submission, whoever submitted them', async (context) => {
  const { store, executor } = await scene(context);
  const names = ['scene-1', ...Array.from({ length: 12 }, (_, at) => `name-${at}`)];
  const keys: string[] = [];
  for (const [at, to] of names.slice(1).entries()) {
    const from = names[at] as string;
    keys.push(await submitRequest(store, { kind: 'rename', group: group(1), from, to }));
  }
  await (await executor()).runWaiting();
  for (const key of keys) assert.equal((await takeResult(store, key))?.kind, 'done');
  assert.equal(await store.groups.folderOf(group(1)), names.at(-1));
});

test('a "wish" of an earlier version is run before the requests, and its command gets the result', async (context) => {
  const { store, executor } = await scene(context);
  const wish = { kind: 'rename', group: 1, from: 'scene-1', to: 'beach' };
  await submitRequest(store, { kind: 'rename', group: group(1), from: 'beach', to: 'shore' });
  await store.requests.put({ key: 'wish/1', value: Buffer.from(JSON.stringify({ wish, begun: 2 })) });
  assert.equal((await readNote(store, 'wish/1'))?.attempts, 2);
  await (await executor()).runWaiting();
  assert.equal(await store.groups.folderOf(group(1)), 'shore');
  assert.equal((await takeResult(store, 'wish/1'))?.kind, 'done');
  const answer = { kind: 'done', planned: [], refused: [] };
  await store.requests.put({ key: 'wish/2', value: Buffer.from(JSON.stringify({ answer, whenMs: 1 })) });
  assert.deepEqual(await takeResult(store, 'wish/2'), answer);
});

test('a request of an unknown kind, or damaged, fails and keeps no other request from being run', async (context) => {
  const { store, executor } = await scene(context);
  const damaged: unknown[] = [
    'no note',
    { request: { kind: 'paint', frames: [1] } },
    { request: { kind: 'move', frames: [1] } },
    { request: { kind: 'merge', from: 1, into: 'two' } },
    { request: { kind: 'undo' } },
    { request: { kind: 'retry', quarantined: ['a'] } },
    { request: { kind: 'switch-model', model: 7 } },
    { request: { kind: 'toString' } },
  ];
  for (const [at, note] of damaged.entries())
    await store.requests.put({ key: `request/00000000000${at}`, value: Buffer.from(JSON.stringify(note)) });
  const key = await submitRequest(store, planning[0] as Request);
  await (await executor()).runWaiting();
  const results = (await readNotes(store)).map(({ result }) => result);
  assert.equal((await takeResult(store, key))?.kind, 'done');
  assert.deepEqual(
    results.map((result) => result?.kind),
    [...damaged.map(() => 'failed'), 'done'],
  );
  for (const result of results.slice(0, -1))
    assert.match((result as RequestFailed).message, /does not know it/);
});

const wanted = { model: 'histogram', calibration: null, joinSimilarity: null };

test('the latest switch of model counts, and waits for the user as long as it takes', async (context) => {
  const { store } = await scene(context);
  const submit = (model: string) =>
    submitRequest(store, { kind: 'switch-model', ...wanted, model, isConfirmed: false });
  const [first, second] = [await submit('classical'), await submit('histogram')];
  const current = await currentSwitch(store, 5);
  assert.deepEqual([current?.key, current?.request.model], [second, 'histogram']);
  assert.match(
    ((await takeResult(store, first)) as RequestFailed).message,
    /another "models use" came after this one/,
  );
  assert.ok(current);
  const done = { kind: 'done', id: undefined, folder: undefined, planned: [], refused: [] } as const;
  await writeNote(store, withResult(current, done, -1e9));
  const executor = nobody(store);
  await executor.runWaiting();
  assert.deepEqual(
    [await executor.hasWaiting(), isUnconfirmed((await currentSwitch(store, 5)) as never)],
    [false, true],
  );
  await confirmSwitch(store, second);
  const confirmed = await currentSwitch(store, 5);
  assert.deepEqual([confirmed?.state, confirmed?.request.isConfirmed], ['submitted', true]);
  await assert.rejects(confirmSwitch(store, second), /another "models use"/);
});

test('a switch of an earlier version becomes a request, unless it is over', async (context) => {
  const { store } = await scene(context);
  const put = (key: string, note: unknown) =>
    store.requests.put({ key, value: Buffer.from(JSON.stringify(note)) });
  const left = () => store.requests.list('change/');
  await put('change/wanted', { id: 'a', ...wanted, isConfirmed: true });
  await put('change/answer', { to: 'a', kind: 'embedded' });
  await convertSwitchBefore(store);
  assert.deepEqual((await currentSwitch(store, 5))?.request, {
    kind: 'switch-model',
    ...wanted,
    isConfirmed: true,
  });
  assert.deepEqual(await left(), []);
  for (const kind of ['changed', 'failed']) {
    await put('change/wanted', { id: 'b', ...wanted, isConfirmed: false });
    await put('change/answer', { to: 'b', kind });
    await convertSwitchBefore(store);
  }
  await store.requests.put({ key: 'change/wanted', value: Buffer.from('damaged') });
  await convertSwitchBefore(store);
  assert.deepEqual([(await readNotes(store)).length, await left()], [1, []]);
});
