import assert from 'node:assert/strict';
import { readdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { linksOf } from '../../src/domain/corrections.ts';
import type { FrameId } from '../../src/domain/frame.ts';
import type { GroupId } from '../../src/domain/group.ts';
import { systemClock } from '../../src/lib/async/clock.ts';
import { type FileSystem, nodeFileSystem } from '../../src/lib/fs/file-system.ts';
import { openLog } from '../../src/lib/logger.ts';
import { MoveWorker } from '../../src/library/placing/move-worker.ts';
import { Placer } from '../../src/library/placing/placer.ts';
import { Reconciler } from '../../src/library/reconcile/reconciler.ts';
import { Events } from '../../src/monitoring/events.ts';
import { planMoves } from '../../src/operations/move-frames.ts';
import { noEvents } from '../support/events.ts';
import { Crash, faultyFiles } from '../support/faulty-files.ts';
import { placedLibrary } from '../support/placed-library.ts';

const log = openLog({ level: 'silent', format: 'json' });
const [frame, from, to] = [1 as FrameId, 1 as GroupId, 2 as GroupId];

/** Frame 1 in scene-1 is to go to scene-2, and framesort was killed at the first call of this kind. */
async function killedAt(verb: keyof FileSystem, context: TestContext) {
  const { library, store, membership } = await placedLibrary(context, [1, 2]);
  const carryOut = async (files: FileSystem, isFromBefore: boolean) => {
    const parts = { store, membership, files, library, clock: systemClock, log, events: new Events(log) };
    const reconciler = new Reconciler(parts);
    const relocating = new MoveWorker({
      ...parts,
      events: noEvents,
      placer: new Placer(library, files),
      signal: new AbortController().signal,
      triesMax: 3,
      rescanLibrary: async () => void (await reconciler.run()),
    });
    await relocating.carryOut(isFromBefore);
  };
  const why = { act: 'merge', by: 'consolidation', rule: 'alike', evidence: {} } as const;
  await planMoves({ store, files: nodeFileSystem, library, clock: systemClock }, [{ frame, to }], why);
  const dying = faultyFiles((call) => {
    if (call.verb === verb) throw new Crash(`before ${verb}`);
  });
  await assert.rejects(carryOut(dying, false), Crash);
  const there = (folder: string) =>
    Object.fromEntries(
      readdirSync(join(library, folder)).map((name) => [
        name,
        `${readFileSync(join(library, folder, name))}`,
      ]),
    );
  return {
    store,
    pathOf: (name: string) => join(library, name),
    startAgain: () => carryOut(nodeFileSystem, true),
    there: () => [there('scene-1'), there('scene-2')],
  };
}

type Scene = Awaited<ReturnType<typeof killedAt>>;

async function assertLeft({ store }: Scene): Promise<void> {
  assert.deepEqual(
    [(await store.frames.get(frame))?.placement.group, (await store.counts()).planned],
    [from, 0],
  );
  const links = linksOf(await store.corrections.all());
  assert.deepEqual([links.mustLink(frame), links.cannotLink(frame)], [from, [to]]);
}

test('a picture that a person brings back before its move was recorded stays there, as their word', async (context) => {
  const scene = await killedAt('syncFolder', context);
  assert.deepEqual(scene.there(), [{}, { '1.jpg': '1', '2.jpg': '2' }]);
  renameSync(scene.pathOf('scene-2/1.jpg'), scene.pathOf('scene-1/1.jpg'));
  await scene.startAgain();
  assert.deepEqual(scene.there(), [{ '1.jpg': '1' }, { '2.jpg': '2' }]);
  await assertLeft(scene);
});

test('so it does when something else has the name that it had there', async (context) => {
  const scene = await killedAt('syncFolder', context);
  renameSync(scene.pathOf('scene-2/1.jpg'), scene.pathOf('scene-1/1.jpg'));
  writeFileSync(scene.pathOf('scene-2/1.jpg'), "somebody's");
  await scene.startAgain();
  assert.deepEqual(scene.there(), [{ '1.jpg': '1' }, { '1.jpg': "somebody's", '2.jpg': '2' }]);
  await assertLeft(scene);
});

test('of two names that a kill left, the one that a person left stays', async (context) => {
  const scene = await killedAt('renameOver', context);
  assert.deepEqual(scene.there(), [{ '1.jpg': '1' }, { '1.jpg': '1', '2.jpg': '2' }]);
  unlinkSync(scene.pathOf('scene-2/1.jpg'));
  await scene.startAgain();
  assert.deepEqual(scene.there(), [{ '1.jpg': '1' }, { '2.jpg': '2' }]);
  await assertLeft(scene);
});

for (const verb of ['link', 'renameOver', 'syncFolder'] as const)
  test(`a move that was killed at ${verb}, and that nobody crossed, is carried out`, async (context) => {
    const scene = await killedAt(verb, context);
    await scene.startAgain();
    assert.deepEqual(scene.there(), [{}, { '1.jpg': '1', '2.jpg': '2' }]);
    assert.deepEqual(
      [(await scene.store.frames.get(frame))?.placement.group, (await scene.store.counts()).planned],
      [to, 0],
    );
  });

test('a picture that a person drags where a move was about to bring it is there by their word', async (context) => {
  const scene = await killedAt('link', context);
  renameSync(scene.pathOf('scene-1/1.jpg'), scene.pathOf('scene-2/1.jpg'));
  await scene.startAgain();
  assert.deepEqual(scene.there(), [{}, { '1.jpg': '1', '2.jpg': '2' }]);
  assert.deepEqual(
    [(await scene.store.frames.get(frame))?.placement.group, (await scene.store.counts()).planned],
    [to, 0],
  );
  const links = linksOf(await scene.store.corrections.all());
  assert.deepEqual([links.mustLink(frame), links.cannotLink(frame)], [to, [from]]);
});
