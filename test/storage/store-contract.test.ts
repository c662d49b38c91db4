import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { FrameId } from '../../src/domain/frame.ts';
import type { GroupId } from '../../src/domain/group.ts';
import { type Random, seededRandom } from '../../src/lib/random.ts';
import { openLmdbStore } from '../../src/storage/lmdb/lmdb-store.ts';
import type { Store } from '../../src/storage/store.ts';
import { testFolder } from '../support/folders.ts';
import { MemoryStore } from '../support/memory-store/memory-store.ts';
import { contentsOf } from '../support/store-contents.ts';
import { changesOf, membershipsOf } from '../support/store-reads.ts';
import { arrival, byCommand, contractSpace, moveOf, storeContract } from './contract/store.ts';

async function openLmdb(context: TestContext): Promise<Store> {
  const store = await openLmdbStore({ folder: join(testFolder(context), 'store'), space: contractSpace });
  context.after(() => store.close());
  return store;
}

storeContract('LMDB', openLmdb);
storeContract('memory', async () => new MemoryStore(contractSpace.id));

const groupsMax = 3;

/** A random write, the same for each store; undefined if the write is impossible now. */
async function randomWrite(random: Random, known: Store): Promise<((store: Store) => void) | undefined> {
  const frames = Array.from(await membershipsOf(known), ({ frame }) => frame).sort((a, b) => a - b);
  const frame = frames.length === 0 ? undefined : random.pick(frames);
  const group = (1 + random.below(groupsMax)) as GroupId;
  const roll = random.below(12);
  if (roll < 3 || frame === undefined) {
    const id = (await known.last()).frame + 1;
    const decision = arrival(id, group, (await known.groups.get(group)) === undefined);
    return (store) => store.commit([decision]);
  }
  if ((await known.groups.get(group)) === undefined) return undefined;
  return randomChange(random, roll, { known, frame, group });
}

interface Chosen {
  readonly known: Store;
  readonly frame: FrameId;
  readonly group: GroupId;
}

async function randomChange(random: Random, roll: number, { known, frame, group }: Chosen) {
  const { placement, evidence } = (await known.frames.get(frame)) ?? assert.fail('every member is filed');
  const move = await known.moves.get(frame);
  const name = `${frame}-${random.below(5)}.jpg`;
  const fileId = `1:${random.below(99)}`;
  const folder = `renamed-${random.below(9)}`;
  const changes: Record<number, ((store: Store) => void) | undefined> = {
    3: (store) =>
      store.frames.markPlaced([
        { frame, group: placement.group, name: placement.name, state: 'placed', fileId },
      ]),
    4: (store) =>
      store.frames.markPlaced([{ frame, group: placement.group, name, state: 'planned', fileId: undefined }]),
    5: (store) => store.forget([frame]),
    6:
      move || placement.group === group
        ? undefined
        : async (store) =>
            void (await store.planChange({
              whenMs: 1,
              why: byCommand,
              frames: [await moveOf(store, frame, group)],
            })),
    7: move && ((store) => store.finishMoves([{ frame, to: move.to, fileId }])),
    8: move && ((store) => store.abandonMove(frame)),
    9: move && ((store) => store.endMove(frame)),
    10: (store) =>
      store.applyUserChanges([
        { kind: 'moved', frame, from: placement.group, group, name, fileId, evidence },
      ]),
    11: (store) => store.applyUserChanges([{ kind: 'renamed-group', group, folder }]),
  };
  return changes[roll];
}

async function allOf(store: Store) {
  return {
    ...(await contentsOf(store)),
    memberships: Array.from(await membershipsOf(store), ({ frame, group }) => `${frame} in ${group}`).sort(),
    moves: await store.moves.all(),
    journal: await changesOf(store),
    emptied: await store.groups.emptied(),
    edited: await store.groups.edited(),
    corrections: await store.corrections.all(),
    unwritten: await store.manifests.unwritten(),
    names: await namesIn(store),
  };
}

/** The frame of each name in each group, reserved names included. */
async function namesIn(store: Store): Promise<(FrameId | undefined)[]> {
  const frames = Array.from({ length: (await store.last()).frame }, (_, at) => at + 1);
  const names = frames.flatMap((frame) =>
    ['', '-0', '-1', '-2', '-3', '-4'].map((end) => `${frame}${end}.jpg`),
  );
  const groups = Array.from({ length: groupsMax }, (_, at) => (at + 1) as GroupId);
  return Promise.all(groups.flatMap((group) => names.map((name) => store.frames.at(group, name))));
}

test('after any story of writes both stores hold the same', async (context) => {
  for (let seed = 1; seed <= 20; seed++) {
    const [random, lmdb, memory] = [
      seededRandom(seed),
      await openLmdb(context),
      new MemoryStore(contractSpace.id),
    ];
    for (let step = 0; step < 60; step++) {
      const write = await randomWrite(random, memory);
      if (write === undefined) continue;
      write(memory);
      write(lmdb);
    }
    assert.deepEqual(
      JSON.parse(JSON.stringify(await allOf(memory))),
      JSON.parse(JSON.stringify(await allOf(lmdb))),
      `seed ${seed}`,
    );
  }
});
