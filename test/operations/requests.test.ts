import assert from 'node:assert/strict';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { FrameId } from '../../src/domain/frame.ts';
import type { GroupId } from '../../src/domain/group.ts';
import { GroupFactory } from '../../src/grouping/group-factory.ts';
import { type FileSystem, nodeFileSystem } from '../../src/lib/fs/file-system.ts';
import { openLog } from '../../src/lib/logger.ts';
import { Reconciler } from '../../src/library/reconcile/reconciler.ts';
import { Events } from '../../src/monitoring/events.ts';
import { planMoves } from '../../src/operations/move-frames.ts';
import { RequestExecutor } from '../../src/operations/request-executor.ts';
import { libraryHandlers } from '../../src/operations/request-handlers.ts';
import { doneWith, type Request, submitRequest, takeResult } from '../../src/operations/requests.ts';
import { trackMembership } from '../../src/storage/library-state.ts';
import type { MembershipCache } from '../../src/storage/membership-cache.ts';
import { FakeClock } from '../support/clock.ts';
import { Crash, faultyFiles, systemError } from '../support/faulty-files.ts';
import { placedLibrary } from '../support/placed-library.ts';
import { changesOf } from '../support/store-reads.ts';

const log = openLog({ level: 'silent', format: 'json' });
const [first, second] = [1 as FrameId, 2 as FrameId];
const split: Request = { kind: 'split', frames: [first], name: 'beach' };
const rename: Request = { kind: 'rename', group: 1 as GroupId, from: 'scene-1', to: 'beach' };

/** Frames 1 and 2 are in scene-1, frame 3 in scene-2. */
async function scene(context: TestContext) {
  const { library, store: opened } = await placedLibrary(context, [1, 1, 2]);
  const clock = new FakeClock();
  /** The view of a newly started process. */
  const requests = async (files: FileSystem = nodeFileSystem) => {
    const { store, membership } = await trackMembership(opened);
    const isFolderTaken = (name: string) => readdirSync(library).includes(name);
    const reserveIds = (count: number) => store.groups.reserveIds(count);
    const options = { reserveIds, folderTemplate: 'scene-{number}', isFolderTaken };
    const groupFactory = new GroupFactory(membership, options);
    return {
      store,
      membership,
      requests: new RequestExecutor({
        store,
        clock,
        events: new Events(log),
        handlers: libraryHandlers({ store, membership, groupFactory, files, library, clock }),
      }),
    };
  };
  const look = async () => {
    const { store, membership } = await requests();
    await new Reconciler({
      store,
      membership,
      files: nodeFileSystem,
      library,
      clock,
      log,
      events: new Events(log),
    }).run();
  };
  return { library, store: opened, clock, requests, look };
}

function dyingAt(verb: keyof FileSystem, time = 1): FileSystem {
  let left = time;
  return faultyFiles((call) => {
    if (call.verb === verb && --left <= 0) throw new Crash(`before ${verb}`);
  });
}

test('a split that was killed before it was recorded is done at the next start, once', async (context) => {
  const { store, requests } = await scene(context);
  const key = await submitRequest(store, split);
  await assert.rejects((await requests(dyingAt('readFolder'))).requests.runWaiting(), Crash);
  assert.deepEqual([await takeResult(store, key), (await store.groups.all()).length], [undefined, 2]);
  for (let start = 0; start < 2; start++) await (await requests()).requests.runWaiting();
  assert.equal((await changesOf(store)).length, 1);
  const answer = await takeResult(store, key);
  assert.deepEqual(answer, { kind: 'done', id: 1, folder: 'beach', planned: [first], refused: [] });
  assert.deepEqual([await takeResult(store, key), await store.requests.list('request/')], [undefined, []]);
});

test('a split that was killed as soon as it was recorded is answered, and not done again', async (context) => {
  const { store, requests } = await scene(context);
  const key = await submitRequest(store, split);
  const { membership, requests: dying } = await requests();
  (membership as MembershipCache).putFrame = () => {
    throw new Crash('after the record');
  };
  await assert.rejects(dying.runWaiting(), Crash);
  await (await requests()).requests.runWaiting();
  assert.equal((await changesOf(store)).length, 1);
  assert.equal((await takeResult(store, key))?.kind, 'done');
});

test('two looks at the same time do it once', async (context) => {
  const { store, requests } = await scene(context);
  await submitRequest(store, split);
  const { requests: daemon } = await requests();
  await Promise.all([daemon.runWaiting(), daemon.runWaiting()]);
  assert.equal((await changesOf(store)).length, 1);
});

test('where no picture can be moved there is no new group, and its name is free', async (context) => {
  const { store, library, clock, requests } = await scene(context);
  const why = { act: 'move', by: 'command', rule: 'a person said so', evidence: {} } as const;
  await planMoves(
    { store, files: nodeFileSystem, library, clock },
    [{ frame: first, to: 2 as GroupId }],
    why,
  );
  const [none, some] = [
    await submitRequest(store, split),
    await submitRequest(store, { ...split, frames: [9 as FrameId] }),
  ];
  const { membership, requests: daemon } = await requests();
  await daemon.runWaiting();
  const refused = [{ frame: first, reason: 'on its way' }];
  assert.deepEqual(await takeResult(store, none), { kind: 'done', planned: [], refused });
  assert.deepEqual(await takeResult(store, some), {
    kind: 'done',
    planned: [],
    refused: [{ frame: 9, reason: 'gone' }],
  });
  assert.equal(membership.groupIn('beach'), undefined);
  const key = await submitRequest(store, { ...split, frames: [second] });
  await daemon.runWaiting();
  assert.equal((await takeResult(store, key))?.kind, 'done');
  assert.equal(
    membership.groupOf(second),
    (await store.groups.all()).find(({ folder }) => folder === 'beach')?.id,
  );
});

for (const [verb, folders] of [
  ['renameOver', ['scene-1', 'scene-2']],
  ['syncFolder', ['beach', 'scene-2']],
] as const)
  test(`a rename that was killed before ${verb} is finished at the next start, as the look before it understands it`, async (context) => {
    const { store, library, requests, look } = await scene(context);
    const key = await submitRequest(store, rename);
    await assert.rejects((await requests(dyingAt(verb))).requests.runWaiting(), Crash);
    const shown = () =>
      readdirSync(library)
        .filter((name) => !name.startsWith('.'))
        .sort();
    assert.deepEqual([shown(), await store.groups.folderOf(1 as GroupId)], [folders, 'scene-1']);
    await look();
    await (await requests()).requests.runWaiting();
    assert.deepEqual([shown(), await store.groups.folderOf(1 as GroupId)], [['beach', 'scene-2'], 'beach']);
    assert.equal((await takeResult(store, key))?.kind, 'done');
    assert.deepEqual([(await store.counts()).frames, (await store.counts()).groups], [3, 2]);
  });

test('what is on its way keeps its group from being renamed, and so do a refusing disk and a group that was renamed since', async (context) => {
  const { store, library, clock, requests } = await scene(context);
  const why = { act: 'move', by: 'command', rule: 'a person said so', evidence: {} } as const;
  const answerOf = async (request: Request, files?: FileSystem) => {
    const key = await submitRequest(store, request);
    await (await requests(files)).requests.runWaiting();
    return (await takeResult(store, key)) as { kind: string; message: string; exitCode: number };
  };
  const refusing = faultyFiles(({ verb }) => {
    if (verb === 'renameOver') throw systemError('EACCES');
  });
  assert.equal((await answerOf(rename, refusing)).exitCode, 75);
  mkdirSync(join(library, 'beach'));
  assert.match((await answerOf(rename)).message, /has something of that name/);
  assert.match((await answerOf({ ...rename, from: 'before' })).message, /no group of that name any more/);
  await planMoves(
    { store, files: nodeFileSystem, library, clock },
    [{ frame: first, to: 2 as GroupId }],
    why,
  );
  const waiting = await answerOf({ ...rename, to: 'shore' });
  assert.deepEqual([waiting.exitCode, /on their way/.test(waiting.message)], [75, true]);
  assert.equal((await store.moves.get(first))?.state, 'planned');
  assert.deepEqual(readdirSync(join(library, 'beach')), []);
});

test('an answer that nobody came for goes after an hour', async (context) => {
  const { store, clock, requests } = await scene(context);
  await submitRequest(store, split);
  const { requests: daemon } = await requests();
  await daemon.runWaiting();
  clock.pass(3_500_000);
  await daemon.runWaiting();
  assert.equal((await store.requests.list('request/')).length, 1);
  clock.pass(200_000);
  await daemon.runWaiting();
  assert.deepEqual(await store.requests.list('request/'), []);
});

test('what another version left, or is damaged, is answered so and keeps nothing else from being done', async (context) => {
  const { store, requests } = await scene(context);
  const odd = [
    'no note {',
    'null',
    '{"wish":{"kind":"paint","frames":[1]}}',
    '{"wish":{"kind":"split","frames":{"1":2}}}',
    '{"wish":{"kind":"rename","group":1,"from":"scene-1"}}',
  ];
  const keys = odd.map((_, at) => `wish/0${at}`);
  for (const [at, text] of odd.entries())
    await store.requests.put({ key: `wish/0${at}`, value: Buffer.from(text) });
  const key = await submitRequest(store, split);
  const { requests: daemon } = await requests();
  assert.equal(await daemon.hasWaiting(), true);
  await daemon.runWaiting();
  for (const one of keys) {
    const answer = await takeResult(store, one);
    assert.ok(answer?.kind === 'failed' && /does not know it/.test(answer.message), one);
  }
  assert.equal((await takeResult(store, key))?.kind, 'done');
  assert.deepEqual(
    [await daemon.hasWaiting(), await store.groups.folderOf(1 as GroupId)],
    [false, 'scene-1'],
  );
});

test('a wish that ends whoever begins it is left after three of them', async (context) => {
  const { store, requests } = await scene(context);
  const key = await submitRequest(store, split);
  for (let start = 0; start < 3; start++)
    await assert.rejects((await requests(dyingAt('readFolder'))).requests.runWaiting(), Crash);
  await (await requests(dyingAt('readFolder'))).requests.runWaiting();
  const answer = await takeResult(store, key);
  assert.ok(answer?.kind === 'failed' && /ended 3 times/.test(answer.message));
  assert.equal((await changesOf(store)).length, 0);
});

test('a request withdrawn while an earlier request runs is not executed and leaves no note', async (context) => {
  const { store, clock } = await scene(context);
  const executed: (readonly number[])[] = [];
  await submitRequest(store, { kind: 'retry', quarantined: [1] });
  const withdrawn = await submitRequest(store, { kind: 'retry', quarantined: [2] });
  const retry = async ({ quarantined }: { readonly quarantined: readonly number[] }) => {
    executed.push(quarantined);
    await store.requests.delete([withdrawn]);
    return doneWith();
  };
  await new RequestExecutor({ store, clock, events: new Events(log), handlers: { retry } }).runWaiting();
  assert.deepEqual(executed, [[1]]);
  const left = await store.requests.list('request/');
  assert.equal(left.length, 1);
  assert.notEqual(left[0]?.key, withdrawn);
});
