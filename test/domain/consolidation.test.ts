import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClockReliability } from '../../src/domain/assignment/clock-reliability.ts';
import { RevisitRate } from '../../src/domain/assignment/revisit-rate.ts';
import { consolidate } from '../../src/domain/consolidation/consolidate.ts';
import type { Constraints, SuggestedChange } from '../../src/domain/consolidation/suggested-change.ts';
import { type Embedding, similarity } from '../../src/domain/embedding.ts';
import type { CaptureTime, FrameId } from '../../src/domain/frame.ts';
import type { GroupId } from '../../src/domain/group.ts';
import { applyChanges } from '../../src/evaluation/replay/replay-consolidation.ts';
import { seededRandom } from '../../src/lib/random.ts';
import { MembershipCache } from '../../src/storage/membership-cache.ts';

/** Frame 1 is the first of the list, and so on. */
interface Placed {
  readonly vector: readonly number[];
  readonly group: number;
  readonly capturedMs?: number;
}

const thresholds = { join: 0.8, pairs: { slope: 20, centre: 0.6 }, probabilityAt: () => 0.5 };
/** The user's constraints, and the groups edited by the user. */
interface UserRules extends Constraints {
  isEdited(group: GroupId): boolean;
}

const free: UserRules = { isApart: () => false, isKept: () => false, isEdited: () => false };

class World {
  readonly membership = new MembershipCache();
  readonly frames: readonly FrameId[];
  readonly #sights: readonly { embedding: Embedding; captured: CaptureTime }[];
  revisitRate = new RevisitRate();
  thresholds = thresholds;
  /** Number of searches so far. */
  searches = 0;
  /** Returns the keypoints shared by two frames; undefined without keypoints. */
  shared: ((pair: readonly [FrameId, FrameId]) => number | undefined) | undefined;

  constructor(placed: readonly Placed[], order: readonly number[] = [...placed.keys()]) {
    this.#sights = placed.map(({ vector, capturedMs = 0 }) => ({
      embedding: unit(vector),
      captured: { ms: capturedMs, origin: capturedMs === 0 ? 'mtime' : 'exif' },
    }));
    // New groups get higher ids than all groups of the tests.
    this.membership.putGroup({ id: 1_000 as GroupId, folder: '1000', frames: 0, foundedMs: 0 });
    this.frames = order.map((at) => (at + 1) as FrameId);
    for (const at of order) this.membership.putFrame((at + 1) as FrameId, placed[at]?.group as GroupId);
  }

  async consolidate(constraints: Partial<UserRules> = {}, frames = this.frames): Promise<SuggestedChange[]> {
    const rules = { ...free, ...constraints };
    const library = {
      groupOf: (frame: FrameId) => this.membership.groupOf(frame),
      members: (group: GroupId) => this.membership.members(group),
      features: async (wanted: readonly FrameId[]) =>
        new Map(
          wanted.flatMap((frame) => {
            const sight = this.#sights[frame - 1];
            return sight === undefined ? [] : [[frame, sight] as const];
          }),
        ),
      neighbours: async (frame: FrameId, count: number) => this.#near(frame, count),
      editedGroups: async (groups: readonly GroupId[]) =>
        new Set(groups.filter((group) => rules.isEdited(group))),
      sharedKeypoints: async (pair: readonly [FrameId, FrameId]) => this.shared?.(pair),
      sample: this.frames.slice(0, 100),
    };
    return consolidate(frames, library, {
      thresholds: this.thresholds,
      clockReliability: new ClockReliability(),
      revisitRate: this.revisitRate,
      constraints: rules,
      keypoints: this.shared !== undefined,
    });
  }

  async carryOut(constraints: Partial<UserRules> = {}): Promise<SuggestedChange[]> {
    const suggestedChanges = await this.consolidate(constraints);
    applyChanges(suggestedChanges, this.membership);
    return suggestedChanges;
  }

  /** The frames of each group, sorted by first frame. */
  get groups(): number[][] {
    const ids = this.frames.toSorted((a, b) => a - b).map((frame) => this.membership.groupOf(frame));
    return [...new Set(ids)].map((id) => this.membership.members(id as GroupId).toSorted((a, b) => a - b));
  }

  #near(frame: FrameId, count: number) {
    this.searches++;
    const own = this.#sights[frame - 1]?.embedding as Embedding;
    const others = this.frames.filter((other) => other !== frame);
    const near = others.map((other) => ({
      frame: other,
      similarity: similarity(own, this.#sights[other - 1]?.embedding as Embedding),
    }));
    return near.sort((a, b) => b.similarity - a.similarity || a.frame - b.frame).slice(0, count);
  }
}

function unit(vector: readonly number[]): Embedding {
  const norm = Math.hypot(...vector);
  return Float32Array.from(vector, (value) => value / norm) as Embedding;
}

/** A picture of a scene; `off` is its distance from the scene's centre. */
function picture(scene: number, group: number, off = 0.1): Placed {
  const vector = Array.from({ length: 40 }, (_, at): number => (at === scene ? 1 : 0));
  vector[20 + ((scene * 5) % 20)] = off;
  return { vector, group };
}

/** Noisy scenes, divided into random groups. */
function randomWorld(seed: number): Placed[] {
  const random = seededRandom(seed);
  return Array.from({ length: 60 }, () => {
    const scene = random.below(12);
    const vector = Array.from(
      { length: 16 },
      (_, at) => (at === scene ? 1.6 : 0) + random.between(-0.5, 0.5),
    );
    return { vector, group: 1 + (random.next() < 0.8 ? scene : random.below(14)) * 3 + random.below(2) };
  });
}

const seeds = Array.from({ length: 25 }, (_, seed) => seed + 1);
const two = [picture(1, 1), picture(1, 1, 0.2), picture(1, 2, 0.15), picture(2, 3), picture(2, 3, 0.2)];

const whole = [
  picture(1, 1),
  picture(1, 1, 0.2),
  picture(1, 1, 0.15),
  picture(2, 3),
  picture(2, 3, 0.2),
  picture(2, 3, 0.15),
];

test('two groups of one scene are merged, the smaller into the larger, with evidence', async () => {
  const world = new World(two);
  const [merge, ...rest] = await world.carryOut();
  assert.deepEqual(rest, []);
  assert.ok(merge?.kind === 'merge' && !merge.proposed);
  assert.deepEqual([merge.from, merge.into, merge.evidence.join], [2, 1, thresholds.join]);
  const { score, best, mean, crowding, lift, pair } = merge.evidence.target ?? assert.fail();
  assert.ok(Math.abs(score - ((2 * best + mean) / 3 - crowding + lift)) < 1e-9);
  assert.ok(score > thresholds.join && best > mean);
  assert.ok(pair.includes(3 as FrameId));
  assert.deepEqual(world.groups, [
    [1, 2, 3],
    [4, 5],
  ]);
});

test('a misplaced frame moves to the similar group', async () => {
  const world = new World([...whole, picture(2, 1, 0.12)]);
  const moves = (await world.carryOut()).filter((one) => one.kind === 'move');
  assert.deepEqual(
    moves.map(({ frame, from, to }) => ({ frame, from, to })),
    [{ frame: 7, from: 1, to: 3 }],
  );
  const { own, target } = moves[0]?.evidence ?? assert.fail();
  assert.ok((own?.score ?? 1) < thresholds.join && (target?.score ?? 0) > thresholds.join);
});

test('a frame unlike all groups founds a group', async () => {
  const world = new World([...whole, picture(3, 1)]);
  const moves = (await world.carryOut()).filter((one) => one.kind === 'move');
  assert.deepEqual(
    moves.map(({ frame, to, evidence }) => ({ frame, to, target: evidence.target })),
    [{ frame: 7, to: { foundedBy: 7 }, target: undefined }],
  );
  assert.deepEqual(world.groups, [[1, 2, 3], [4, 5, 6], [7]]);
});

test('frames that leave a group together share their new group', async () => {
  const world = new World([...whole, picture(3, 1), picture(3, 3, 0.12)]);
  await world.carryOut();
  assert.deepEqual(world.groups, [
    [1, 2, 3],
    [4, 5, 6],
    [7, 8],
  ]);
});

/** A chain of pictures, each joined because it was taken a moment after the last. */
const carriedOn = [...whole.slice(0, 3), ...whole.slice(3).map((one) => ({ ...one, group: 1 }))];

test('a group of two scenes is split, although each frame has similar members', async () => {
  const world = new World(carriedOn);
  const moves = await world.carryOut();
  assert.deepEqual(
    moves.map((one) => one.kind === 'move' && [one.frame, one.from, one.to, one.evidence.target]),
    [4, 5, 6].map((frame) => [frame, 1, { foundedBy: 4 }, undefined]),
  );
  assert.ok((moves[0]?.evidence.own?.score ?? 1) < thresholds.join);
  assert.deepEqual(world.groups, [
    [1, 2, 3],
    [4, 5, 6],
  ]);
});

test("a part of a group that shows another group's scene joins that group", async () => {
  const world = new World([...carriedOn, picture(2, 9, 0.12)]);
  await world.carryOut();
  assert.deepEqual(world.groups, [
    [1, 2, 3],
    [4, 5, 6, 7],
  ]);
});

test('a group edited by the user is not split', async () => {
  assert.deepEqual(await new World(carriedOn).consolidate({ isEdited: () => true }), []);
  assert.deepEqual(await new World(carriedOn).consolidate({ isKept: (frame) => frame === 5 }), []);
});

/** Pictures of a scene at distance `off` from its centre. Two scenes share so much that they might be one. */
function sharing(scene: number, off: number, count: number): Placed[] {
  return Array.from({ length: count }, (_, at) => ({
    vector: Array.from({ length: 40 }, (_, axis) => {
      if (axis === 0) return Math.sqrt(0.77);
      if (axis === scene) return Math.sqrt(0.23 - off ** 2);
      return axis === 10 * scene + at ? off : 0;
    }),
    group: 1,
  }));
}

test('two scenes of nearly sufficient similarity are split if they are sharply apart', async () => {
  const steep = { ...thresholds, pairs: { slope: 40, centre: 0.6 } };
  const parted = async (placed: Placed[]) => {
    const world = new World(placed);
    world.thresholds = steep;
    await world.carryOut();
    return world.groups;
  };
  assert.deepEqual(await parted([...sharing(1, 0.05, 3), ...sharing(2, 0.05, 3)]), [
    [1, 2, 3],
    [4, 5, 6],
  ]);
  const blurred = await parted([...sharing(1, 0.25, 3), ...sharing(2, 0.25, 3)]);
  assert.equal(blurred.length, 1, 'each holds together hardly better than both do');
  const single = await parted([...sharing(1, 0.05, 3), ...sharing(2, 0.05, 1)]);
  assert.equal(single.length, 1, 'a single frame is sharply itself in any case');
});

test('every frame of a large group of two scenes moves to the right half', async () => {
  const placed = Array.from({ length: 1_000 }, (_, at) =>
    picture(at % 5 === 0 ? 1 : 2, 1, 0.1 + (at % 7) / 50),
  );
  const world = new World(placed);
  applyChanges(await world.consolidate({}, [1_000 as FrameId]), world.membership);
  assert.deepEqual(
    world.groups.map((group) => group.length),
    [200, 800],
  );
  assert.ok(world.groups[0]?.every((frame) => frame % 5 === 1));
});

test('a long camera movement without a cut stays in one group', async () => {
  const turn = (at: number) =>
    Array.from({ length: 40 }, (_, axis) => Math.max(0, 1 - Math.abs(at / 50 - axis)));
  const placed = Array.from({ length: 1_500 }, (_, at) => ({ vector: turn(at), group: 1 }));
  assert.deepEqual(await new World(placed).consolidate({}, [1 as FrameId, 700 as FrameId]), []);
});

test('in a crowded region similarity says less', async () => {
  // Two pairs with similarity 0.84: one among similar pictures, the other far from everything.
  const at = (parts: Readonly<Record<number, number>>, group: number): Placed => ({
    vector: Array.from({ length: 40 }, (_, axis) => parts[axis] ?? 0),
    group,
  });
  const pair = (first: number, group: number) => [
    at({ [first]: Math.sqrt(3), [first + 1]: 1 }, group),
    at({ [first]: Math.sqrt(3), [first + 1]: 0.36, [first + 2]: Math.sqrt(1 - 0.36 ** 2) }, group + 1),
  ];
  const crowd = Array.from({ length: 20 }, (_, one) => at({ 0: Math.sqrt(3), [10 + one]: 1 }, 10 + one));
  const merges = await new World([...pair(0, 1), ...pair(35, 3), ...crowd]).consolidate();
  assert.deepEqual(
    merges.map((one) => one.kind === 'merge' && [one.from, one.into]),
    [[4, 3]],
  );
  const { score = 0, crowding = 0 } = merges[0]?.evidence.target ?? {};
  assert.ok(Math.abs(score + crowding - 0.84) < 1e-6 && crowding < 0);
});

/** Two groups of one frame each, with this similarity, unlike all other frames. */
function alike(similarity: number, first = 0): Placed[] {
  const at = (parts: Readonly<Record<number, number>>, group: number): Placed => ({
    vector: Array.from({ length: 40 }, (_, axis) => parts[axis] ?? 0),
    group,
  });
  const away = Math.sqrt(1 - similarity ** 2);
  return [at({ [first]: 1 }, first + 1), at({ [first]: similarity, [first + 1]: away }, first + 2)];
}

/** Returns the keypoint questions and the changes if any two frames share `answer` keypoints. */
async function asked(
  placed: readonly Placed[],
  answer: number | undefined,
  constraints?: Partial<UserRules>,
) {
  const [world, questions] = [new World(placed), [] as (readonly number[])[]];
  world.shared = (pair) => {
    questions.push(pair);
    return answer;
  };
  return { suggestedChanges: await world.consolidate(constraints), questions };
}

test('a doubtful merge is decided by keypoints of the two most similar frames', async () => {
  for (const similarity of [0.76, 0.84]) {
    const { suggestedChanges, questions } = await asked(alike(similarity), 15);
    assert.deepEqual(questions, [[1, 2]]);
    const [merge] = suggestedChanges;
    assert.ok(merge?.kind === 'merge' && suggestedChanges.length === 1 && !merge.proposed);
    assert.deepEqual([merge.from, merge.into, merge.evidence.inliers], [2, 1, 15]);
    for (const answer of [14, undefined])
      assert.deepEqual(await asked(alike(similarity), answer), { suggestedChanges: [], questions });
  }
});

test('without doubt, or without a possible change, keypoints are not asked about', async () => {
  assert.deepEqual(await asked(alike(0.74), 100), { suggestedChanges: [], questions: [] });
  const sure = await asked(alike(0.86), 0);
  assert.deepEqual([sure.suggestedChanges.length, sure.questions.length], [1, 0]);
  assert.deepEqual(await asked(alike(0.84), 100, { isApart: () => true }), {
    suggestedChanges: [],
    questions: [],
  });
});

test('a merge of an edited group is only proposed, with its keypoints', async () => {
  const { suggestedChanges } = await asked(alike(0.84), 20, { isEdited: (group) => group === 2 });
  assert.deepEqual(
    suggestedChanges.map(({ kind, proposed, evidence: { inliers } }) => ({ kind, proposed, inliers })),
    [{ kind: 'merge', proposed: true, inliers: 20 }],
  );
});

test('keypoints are asked about once per 256 frames, the most similar groups first, and no pair twice', async () => {
  const pairs = [0.82, 0.84, 0.83, 0.81].flatMap((similarity, at) => alike(similarity, 10 * at));
  for (const answer of [0, 100]) assert.deepEqual((await asked(pairs, answer)).questions, [[3, 4]]);
  const alone = Array.from({ length: 250 }, () => picture(39, 500));
  assert.deepEqual((await asked([...pairs, ...alone], 0)).questions, [
    [3, 4],
    [5, 6],
  ]);
});

test('a group whose halves share keypoints is not split', async () => {
  const { suggestedChanges, questions } = await asked(carriedOn, 15);
  assert.deepEqual(suggestedChanges, []);
  assert.equal(questions.length, 1);
  assert.equal((await asked(carriedOn, 14)).suggestedChanges.length, 3);
});

test('frames with equal bytes are merged, and a single frame stays alone', async () => {
  assert.deepEqual(await new World([picture(1, 1)]).carryOut(), []);
  assert.deepEqual(await new World([]).carryOut(), []);
  const world = new World(Array.from({ length: 20 }, (_, at) => picture(1, 1 + at)));
  await world.carryOut();
  assert.equal(world.groups.length, 1);
});

test('a change of an edited group is only proposed', async () => {
  for (const touched of [1, 2]) {
    const world = new World(two);
    const before = world.groups;
    const [merge, ...rest] = await world.carryOut({ isEdited: (group) => group === touched });
    assert.deepEqual(rest, []);
    assert.ok(merge?.kind === 'merge' && merge.proposed && merge.into === touched);
    assert.deepEqual(world.groups, before);
  }
  const untrackedFile = new World([...whole, picture(2, 1, 0.12)]);
  const moves = (await untrackedFile.carryOut({ isEdited: (group) => group === 3 })).filter(
    (one) => one.kind === 'move',
  );
  assert.deepEqual(
    moves.map(({ frame, to, proposed }) => ({ frame, to, proposed })),
    [{ frame: 7, to: 3, proposed: true }],
  );
});

test('constraints win over similarity', async () => {
  for (const seed of seeds) {
    const placed = randomWorld(seed);
    const random = seededRandom(seed + 1_000);
    const groups = [...new Set(placed.map(({ group }) => group))];
    const kept = new Set(placed.flatMap((_, at) => (random.next() < 0.1 ? [at + 1] : [])));
    const apart = new Map(
      placed.map((_, at) => [at + 1, new Set([random.pick(groups), random.pick(groups)])]),
    );
    for (const [at, { group }] of placed.entries()) apart.get(at + 1)?.delete(group);
    const touched = new Set(groups.filter(() => random.next() < 0.1));
    const world = new World(placed);
    const changes = await world.carryOut({
      isKept: (frame) => kept.has(frame),
      isApart: (frame, group) => apart.get(frame)?.has(group) ?? false,
      isEdited: (group) => touched.has(group),
    });
    const absorbed = (into: number) => [
      into,
      ...changes.flatMap((one) =>
        one.kind === 'merge' && !one.proposed && one.into === into ? [one.from] : [],
      ),
    ];
    for (const [at, { group }] of placed.entries()) {
      const now = world.membership.groupOf((at + 1) as FrameId) as number;
      if (kept.has(at + 1) || touched.has(group)) assert.equal(now, group, `seed ${seed}, frame ${at + 1}`);
      for (const one of absorbed(now))
        assert.ok(!apart.get(at + 1)?.has(one), `seed ${seed}, frame ${at + 1}`);
    }
    for (const group of touched) {
      const before = placed.flatMap((one, at) => (one.group === group ? [at + 1] : []));
      assert.deepEqual(
        world.membership.members(group as GroupId).toSorted((a, b) => a - b),
        before,
      );
    }
  }
});

test('the order of the frames does not matter', async () => {
  for (const seed of seeds) {
    const placed = randomWorld(seed);
    const order = seededRandom(seed).shuffled([...placed.keys()]);
    const [one, other] = [new World(placed), new World(placed, order)];
    assert.deepEqual(await other.consolidate(), await one.consolidate(), `seed ${seed}`);
  }
});

test('a second consolidation finds nothing more', async () => {
  let changes = 0;
  for (const seed of seeds) {
    const world = new World(randomWorld(seed));
    changes += (await world.carryOut()).length;
    assert.deepEqual(await world.carryOut(), [], `seed ${seed}`);
  }
  assert.ok(changes > 5 * seeds.length, `only ${changes} changes in all`);
});

test('each frame and each group is in at most one change, and no frame is lost', async () => {
  for (const seed of seeds) {
    const world = new World(randomWorld(seed));
    const changes = await world.carryOut();
    const changed = changes.map((one) => (one.kind === 'merge' ? `group ${one.from}` : `frame ${one.frame}`));
    assert.equal(new Set(changed).size, changed.length);
    assert.deepEqual(
      world.groups.flat().toSorted((a, b) => a - b),
      [...world.frames],
    );
  }
});

test('if scenes never come back, groups far apart in time need more similarity', async () => {
  const later = two.map((one, at) => ({ ...one, capturedMs: at === 2 ? 9e6 : 1_000 + at }));
  const world = new World(
    later.map((one, at) => ({ ...one, vector: at === 2 ? picture(1, 2, 0.75).vector : one.vector })),
  );
  assert.equal((await world.consolidate()).length, 1);
  for (let lesson = 0; lesson < 200; lesson++)
    world.revisitRate.observe('exif', { near: lesson % 2, known: 0.02 });
  assert.deepEqual(await world.consolidate(), []);
});

test('frames outside of the review stay in their groups, unless these are merged', async () => {
  const world = new World([...whole, picture(2, 1, 0.12)]);
  assert.deepEqual(await world.consolidate({}, [4 as FrameId]), []);
});

test('reviewing a frame costs as much in a large library as in a small one', async () => {
  const searches: number[] = [];
  for (const scenes of [40, 400]) {
    const placed = Array.from({ length: scenes * 3 }, (_, at) => {
      const random = seededRandom(1 + Math.floor(at / 3));
      const vector = Array.from({ length: 32 }, () => random.between(-1, 1));
      return {
        vector: vector.map((value) => value + 0.1 * seededRandom(at).next()),
        group: 1 + Math.floor(at / 3),
      };
    });
    const world = new World(placed);
    await world.consolidate({}, [7 as FrameId]);
    searches.push(world.searches);
  }
  assert.ok(Math.max(...searches) <= 2 * (100 + 3 * 7), `${searches}`);
});
