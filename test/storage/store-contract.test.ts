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
import { arrival, byCommand, contractSpace, moveOf, storeContract } from './contract/store.ts';

async function openLmdb(context: TestContext): Promise<Store> {
  const store = openLmdbStore({ folder: join(testFolder(context), 'store'), space: contractSpace });
  context.after(() => store.close());
  return store;
}

storeContract('LMDB', openLmdb);
storeContract('memory', async () => new MemoryStore(contractSpace.id));

const groupsMax = 3;

/** A random write, the same for each store; undefined if the write is impossible now. */
function randomWrite(random: Random, known: Store): ((store: Store) => void) | undefined {
  const frames = Array.from(known.memberships(), ({ frame }) => frame).sort((a, b) => a - b);
  const frame = frames.length === 0 ? undefined : random.pick(frames);
  const group = (1 + random.below(groupsMax)) as GroupId;
  const roll = random.below(12);
  if (roll < 3 || frame === undefined) {
    const id = known.last().frame + 1;
    const decision = arrival(id, group, known.group(group) === undefined);
    return (store) => store.commit([decision]);
  }
  if (known.group(group) === undefined) return undefined;
  return randomChange(random, roll, { known, frame, group });
}

interface Chosen {
  readonly known: Store;
  readonly frame: FrameId;
  readonly group: GroupId;
}

function randomChange(random: Random, roll: number, { known, frame, group }: Chosen) {
  const { placement, evidence } = known.filing(frame) ?? assert.fail('every member is filed');
  const move = known.regroupings.pendingMove(frame);
  const name = `${frame}-${random.below(5)}.jpg`;
  const fileId = `1:${random.below(99)}`;
  const folder = `renamed-${random.below(9)}`;
  const changes: Record<number, ((store: Store) => void) | undefined> = {
    3: (store) =>
      store.markPlaced([{ frame, group: placement.group, name: placement.name, state: 'placed', fileId }]),
    4: (store) =>
      store.markPlaced([{ frame, group: placement.group, name, state: 'planned', fileId: undefined }]),
    5: (store) => store.forget([frame]),
    6:
      move || placement.group === group
        ? undefined
        : (store) =>
            void store.regroupings.plan({ whenMs: 1, why: byCommand, frames: [moveOf(store, frame, group)] }),
    7: move && ((store) => store.regroupings.finishMoves([{ frame, to: move.to, fileId }])),
    8: move && ((store) => store.regroupings.drop(frame)),
    9: move && ((store) => store.regroupings.end(frame)),
    10: (store) =>
      store.applyUserChanges([
        { kind: 'moved', frame, from: placement.group, group, name, fileId, evidence },
      ]),
    11: (store) => store.applyUserChanges([{ kind: 'renamed-group', group, folder }]),
  };
  return changes[roll];
}

function allOf(store: Store) {
  return {
    ...contentsOf(store),
    memberships: Array.from(store.memberships(), ({ frame, group }) => `${frame} in ${group}`).sort(),
    moves: Array.from(store.regroupings.underWay()),
    journal: Array.from(store.regroupings.journal()),
    emptied: Array.from(store.regroupings.emptied()),
    edited: Array.from(store.regroupings.touched()),
    corrections: Array.from(store.corrections()),
    unwritten: Array.from(store.unwritten()),
    names: namesIn(store),
  };
}

/** The frame of each name in each group, reserved names included. */
function namesIn(store: Store): (FrameId | null)[] {
  const frames = Array.from({ length: store.last().frame }, (_, at) => at + 1);
  const names = frames.flatMap((frame) =>
    ['', '-0', '-1', '-2', '-3', '-4'].map((end) => `${frame}${end}.jpg`),
  );
  const groups = Array.from({ length: groupsMax }, (_, at) => (at + 1) as GroupId);
  return groups.flatMap((group) => names.map((name) => store.frameAt(group, name) ?? null));
}

test('after any story of writes both stores hold the same', async (context) => {
  for (let seed = 1; seed <= 20; seed++) {
    const [random, lmdb, memory] = [
      seededRandom(seed),
      await openLmdb(context),
      new MemoryStore(contractSpace.id),
    ];
    for (let step = 0; step < 60; step++) {
      const write = randomWrite(random, memory);
      if (write === undefined) continue;
      write(memory);
      write(lmdb);
    }
    assert.deepEqual(
      JSON.parse(JSON.stringify(allOf(memory))),
      JSON.parse(JSON.stringify(allOf(lmdb))),
      `seed ${seed}`,
    );
  }
});
