import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type FilmFrame, planFilm } from '../../film/film.ts';
import { renderFrame } from '../../film/renderer.ts';
import { inliersMin } from '../../src/domain/assignment/keypoint-evidence.ts';
import { countOf, descriptorBytes, type Keypoints } from '../../src/domain/keypoints.ts';
import type { Pixels } from '../../src/domain/pixels.ts';
import { seededRandom } from '../../src/lib/random.ts';
import { keypointBytes, readKeypoints } from '../../src/storage/lmdb/records.ts';
import { KeypointThread } from '../../src/vision/keypoints/keypoint-thread.ts';
import { failing, hanging, leaving } from '../support/misbehaving-keypoints.ts';

const size = { width: 480, height: 320 };
const { frames } = planFilm({ frames: 40, seed: 4 });
const [first] = frames as [FilmFrame];
const moved = frames[1] as FilmFrame;
const elsewhere = frames.filter(({ place }) => place !== first.place).slice(0, 6);

const timeoutMs = 60_000;
const reader = new KeypointThread({ timeoutMs });
after(() => reader.close());

function drawn(frame: FilmFrame): Pixels {
  return { data: renderFrame(frame, size), ...size };
}

async function described(frame: FilmFrame, by = reader): Promise<Keypoints> {
  return by.describe(drawn(frame));
}

test('two viewpoints of a place share keypoints, and different places do not', async () => {
  const one = await described(first);
  const seen = await reader.inliers(one, await described(moved));
  assert.ok(moved.place === first.place && seen >= inliersMin, `only ${seen} were found again`);
  for (const other of elsewhere) {
    const shared = await reader.inliers(one, await described(other));
    assert.ok(shared < inliersMin, `${shared} of ${first.place} were found in ${other.place}`);
  }
});

/** The picture with a logo in its corner, as TV channels show. */
function marked(frame: FilmFrame): Pixels {
  const { data, width, height } = drawn(frame);
  const random = seededRandom(9);
  const painted = Uint8Array.from(data);
  const cells = Array.from({ length: 12 * 12 }, () => (random.next() < 0.5 ? 255 : 0));
  for (let y = 0; y < 96; y++)
    for (let x = 0; x < 96; x++) {
      const value = cells[12 * Math.floor(y / 8) + Math.floor(x / 8)] as number;
      painted.fill(value, 3 * (width * (y + 20) + x + 340), 3 * (width * (y + 20) + x + 341));
    }
  return { data: painted, width, height };
}

test('a logo on all pictures neither joins different places nor separates one place', async () => {
  const one = await reader.describe(marked(first));
  for (const other of elsewhere) {
    const shared = await reader.inliers(one, await reader.describe(marked(other)));
    assert.ok(shared < inliersMin, `${shared} of ${first.place} were found in ${other.place}`);
  }
  for (const frame of [first, moved])
    assert.ok((await reader.inliers(one, await reader.describe(marked(frame)))) >= inliersMin);
});

test('a picture has a bounded number of keypoints, and a flat one has none', async () => {
  const { positions, descriptors } = await described(first);
  const count = countOf({ positions, descriptors });
  assert.ok(count > 50 && count <= 400, `it has ${count}`);
  assert.equal(positions.length, 2 * count);
  assert.equal(descriptors.length, descriptorBytes * count);
  const flat = await reader.describe({ data: new Uint8Array(3 * 480 * 320).fill(90), ...size });
  assert.equal(countOf(flat), 0);
  assert.equal(await reader.inliers(flat, flat), 0);
  assert.equal(await reader.inliers(flat, { positions, descriptors }), 0);
});

test('equal pictures give equal results, in any thread and after any requests', async () => {
  const all = await Promise.all([first, moved, ...elsewhere].map((frame) => described(frame)));
  const [one] = all as [Keypoints];
  const ask = async (by: KeypointThread) => {
    const answers: number[] = [];
    for (const other of all) answers.push(await by.inliers(one, other));
    return answers;
  };
  const expected = await ask(reader);
  const fresh = new KeypointThread({ timeoutMs });
  try {
    assert.deepEqual(await described(first, fresh), one);
    await fresh.inliers(all[2] as Keypoints, all[3] as Keypoints);
    assert.deepEqual(await ask(fresh), expected);
    assert.deepEqual(await ask(reader), expected);
  } finally {
    await fresh.close();
  }
});

test('keypoints survive the store unchanged', async () => {
  const one = await described(first);
  assert.deepEqual(readKeypoints(keypointBytes(one)), one);
  assert.equal(readKeypoints(Buffer.from([99, 1, 2])), undefined);
});

for (const [what, program] of Object.entries({ leaving, failing, hanging })) {
  test(`a thread that is ${what} costs its question, and the next one gets a new thread`, async () => {
    const broken = new KeypointThread({ timeoutMs: 500, program });
    const pixels = drawn(first);
    try {
      await assert.rejects(broken.describe(pixels), /ended|no keypoints today|longer than 500 ms/);
      await assert.rejects(broken.describe(pixels), /ended|no keypoints today|longer than 500 ms/);
    } finally {
      await broken.close();
    }
  });
}
