import assert from 'node:assert/strict';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { FrameId } from '../../src/domain/frame.ts';
import type { GroupId } from '../../src/domain/group.ts';
import { Founder } from '../../src/grouping/group-factory.ts';
import { readCatalogue } from '../../src/grouping/open.ts';
import { type Files, realFiles } from '../../src/lib/fs/file-system.ts';
import { openLog } from '../../src/lib/logger.ts';
import { Reconciler } from '../../src/library/reconcile/reconciler.ts';
import { regroup } from '../../src/operations/move-frames.ts';
import { leaveWish, takeAnswer, type Wish, Wishes } from '../../src/operations/requests.ts';
import { FakeClock } from '../support/clock.ts';
import { Crash, faultyFiles, systemError } from '../support/faulty-files.ts';
import { placedLibrary } from '../support/placed-library.ts';

const log = openLog({ level: 'silent', format: 'json' });
const [first, second] = [1 as FrameId, 2 as FrameId];
const split: Wish = { kind: 'split', frames: [first], name: 'beach' };
const rename: Wish = { kind: 'rename', group: 1 as GroupId, from: 'scene-1', to: 'beach' };

/** Frames 1 and 2 are in scene-1, frame 3 in scene-2. */
async function scene(context: TestContext) {
  const { library, store } = await placedLibrary(context, [1, 1, 2]);
  const clock = new FakeClock();
  /** As a process that has just started sees it. */
  const wishes = (files: Files = realFiles) => {
    const catalogue = readCatalogue(store);
    const isFolderTaken = (name: string) => readdirSync(library).includes(name);
    const founder = new Founder(catalogue, { folderTemplate: 'scene-{number}', isFolderTaken });
    return { catalogue, wishes: new Wishes({ store, catalogue, founder, files, library, clock, log }) };
  };
  const look = async () => {
    const { catalogue } = wishes();
    await new Reconciler({ store, catalogue, files: realFiles, library, clock, log }).run();
  };
  return { library, store, clock, wishes, look };
}

function dyingAt(verb: keyof Files, time = 1): Files {
  let left = time;
  return faultyFiles((call) => {
    if (call.verb === verb && --left <= 0) throw new Crash(`before ${verb}`);
  });
}

test('a split that was killed before it was recorded is done at the next start, once', async (context) => {
  const { store, wishes } = await scene(context);
  const key = leaveWish(store, split);
  await assert.rejects(wishes(dyingAt('list')).wishes.attend(), Crash);
  assert.deepEqual([takeAnswer(store, key), Array.from(store.groups()).length], [undefined, 2]);
  for (let start = 0; start < 2; start++) await wishes().wishes.attend();
  assert.equal(Array.from(store.regroupings.journal()).length, 1);
  const answer = takeAnswer(store, key);
  assert.deepEqual(answer, { kind: 'done', id: 1, folder: 'beach', planned: [first], refused: [] });
  assert.deepEqual([takeAnswer(store, key), store.blobs.keys('wish/')], [undefined, []]);
});

test('a split that was killed as soon as it was recorded is answered, and not done again', async (context) => {
  const { store, wishes } = await scene(context);
  const key = leaveWish(store, split);
  const { catalogue, wishes: dying } = wishes();
  catalogue.putFrame = () => {
    throw new Crash('after the record');
  };
  await assert.rejects(dying.attend(), Crash);
  await wishes().wishes.attend();
  assert.equal(Array.from(store.regroupings.journal()).length, 1);
  assert.equal(takeAnswer(store, key)?.kind, 'done');
});

test('two looks at the same time do it once', async (context) => {
  const { store, wishes } = await scene(context);
  leaveWish(store, split);
  const { wishes: daemon } = wishes();
  await Promise.all([daemon.attend(), daemon.attend()]);
  assert.equal(Array.from(store.regroupings.journal()).length, 1);
});

test('where no picture can be moved there is no new group, and its name is free', async (context) => {
  const { store, library, clock, wishes } = await scene(context);
  const why = { act: 'move', by: 'command', rule: 'a person said so', evidence: {} } as const;
  await regroup({ store, files: realFiles, library, clock }, [{ frame: first, to: 2 as GroupId }], why);
  const [none, some] = [leaveWish(store, split), leaveWish(store, { ...split, frames: [9 as FrameId] })];
  const { catalogue, wishes: daemon } = wishes();
  await daemon.attend();
  const refused = [{ frame: first, reason: 'on its way' }];
  assert.deepEqual(takeAnswer(store, none), { kind: 'done', planned: [], refused });
  assert.deepEqual(takeAnswer(store, some), {
    kind: 'done',
    planned: [],
    refused: [{ frame: 9, reason: 'gone' }],
  });
  assert.equal(catalogue.groupIn('beach'), undefined);
  const key = leaveWish(store, { ...split, frames: [second] });
  await daemon.attend();
  assert.equal(takeAnswer(store, key)?.kind, 'done');
  assert.equal(
    catalogue.groupOf(second),
    Array.from(store.groups()).find(({ folder }) => folder === 'beach')?.id,
  );
});

for (const [verb, folders] of [
  ['renameOver', ['scene-1', 'scene-2']],
  ['syncFolder', ['beach', 'scene-2']],
] as const)
  test(`a rename that was killed before ${verb} is finished at the next start, as the look before it understands it`, async (context) => {
    const { store, library, wishes, look } = await scene(context);
    const key = leaveWish(store, rename);
    await assert.rejects(wishes(dyingAt(verb)).wishes.attend(), Crash);
    const shown = () =>
      readdirSync(library)
        .filter((name) => !name.startsWith('.'))
        .sort();
    assert.deepEqual([shown(), store.folderOf(1 as GroupId)], [folders, 'scene-1']);
    await look();
    await wishes().wishes.attend();
    assert.deepEqual([shown(), store.folderOf(1 as GroupId)], [['beach', 'scene-2'], 'beach']);
    assert.equal(takeAnswer(store, key)?.kind, 'done');
    assert.deepEqual([store.counts().frames, store.counts().groups], [3, 2]);
  });

test('what is on its way keeps its group from being renamed, and so do a refusing disk and a group that was renamed since', async (context) => {
  const { store, library, clock, wishes } = await scene(context);
  const why = { act: 'move', by: 'command', rule: 'a person said so', evidence: {} } as const;
  const answerOf = async (wish: Wish, files?: Files) => {
    const key = leaveWish(store, wish);
    await wishes(files).wishes.attend();
    return takeAnswer(store, key) as { kind: string; message: string; exitCode: number };
  };
  const refusing = faultyFiles(({ verb }) => {
    if (verb === 'renameOver') throw systemError('EACCES');
  });
  assert.equal((await answerOf(rename, refusing)).exitCode, 75);
  mkdirSync(join(library, 'beach'));
  assert.match((await answerOf(rename)).message, /has something of that name/);
  assert.match((await answerOf({ ...rename, from: 'before' })).message, /no group of that name any more/);
  await regroup({ store, files: realFiles, library, clock }, [{ frame: first, to: 2 as GroupId }], why);
  const waiting = await answerOf({ ...rename, to: 'shore' });
  assert.deepEqual([waiting.exitCode, /on their way/.test(waiting.message)], [75, true]);
  assert.equal(store.regroupings.relocation(first)?.isDropped, false);
  assert.deepEqual(readdirSync(join(library, 'beach')), []);
});

test('an answer that nobody came for goes after an hour', async (context) => {
  const { store, clock, wishes } = await scene(context);
  leaveWish(store, split);
  const { wishes: daemon } = wishes();
  await daemon.attend();
  clock.pass(3_500_000);
  await daemon.attend();
  assert.equal(store.blobs.keys('wish/').length, 1);
  clock.pass(200_000);
  await daemon.attend();
  assert.deepEqual(store.blobs.keys('wish/'), []);
});

test('what another version left, or is damaged, is answered so and keeps nothing else from being done', async (context) => {
  const { store, wishes } = await scene(context);
  const odd = [
    'no note {',
    'null',
    '{"wish":{"kind":"paint","frames":[1]}}',
    '{"wish":{"kind":"split","frames":{"1":2}}}',
    '{"wish":{"kind":"rename","group":1,"from":"scene-1"}}',
  ];
  const keys = odd.map((text, at) => {
    store.blobs.put(`wish/0${at}`, Buffer.from(text));
    return `wish/0${at}`;
  });
  const key = leaveWish(store, split);
  const { wishes: daemon } = wishes();
  assert.equal(daemon.areWaiting, true);
  await daemon.attend();
  for (const one of keys) {
    const answer = takeAnswer(store, one);
    assert.ok(answer?.kind === 'failed' && /does not know it/.test(answer.message), one);
  }
  assert.equal(takeAnswer(store, key)?.kind, 'done');
  assert.deepEqual([daemon.areWaiting, store.folderOf(1 as GroupId)], [false, 'scene-1']);
});

test('a wish that ends whoever begins it is left after three of them', async (context) => {
  const { store, wishes } = await scene(context);
  const key = leaveWish(store, split);
  for (let start = 0; start < 3; start++)
    await assert.rejects(wishes(dyingAt('list')).wishes.attend(), Crash);
  await wishes(dyingAt('list')).wishes.attend();
  const answer = takeAnswer(store, key);
  assert.ok(answer?.kind === 'failed' && /ended 3 times/.test(answer.message));
  assert.equal(Array.from(store.regroupings.journal()).length, 0);
});
