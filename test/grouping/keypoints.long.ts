import assert from 'node:assert/strict';
import { cpSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import sharp from 'sharp';
import { type FilmFrame, planFilm } from '../../film/film.ts';
import { renderFrame } from '../../film/renderer.ts';
import { openDaemon } from '../../src/app/daemon.ts';
import { loadConfig } from '../../src/config/load.ts';
import { similarityTo } from '../../src/domain/assignment/assign.ts';
import type { FrameId } from '../../src/domain/frame.ts';
import { openLog } from '../../src/lib/logger.ts';
import { openLmdbStore, openStoreReader } from '../../src/storage/lmdb/lmdb-store.ts';
import type { FrameRecord } from '../../src/storage/store.ts';
import { findModel } from '../../src/vision/models/registry.ts';
import { runCli } from '../support/cli.ts';
import { placesBelow, testFolder } from '../support/folders.ts';
import { failing, leaving } from '../support/misbehaving-keypoints.ts';

/** Pictures of one place with a slightly insufficient similarity join by their common keypoints. */

const size = { width: 480, height: 320 };
const { frames } = planFilm({ frames: 60, seed: 4 });
const [known] = frames as [FilmFrame];
const moved = frames.filter(({ shot }) => shot === known.shot).at(-1) as FilmFrame;
/** One picture of each other place. */
const others = [...new Map(frames.map((frame) => [frame.place, frame])).values()].filter(
  ({ place }) => place !== known.place,
);
const pictures = await Promise.all([known, ...others, moved].map(jpeg));
const dayMs = 86_400_000;

function jpeg(frame: FilmFrame): Promise<Buffer> {
  return sharp(renderFrame(frame, size), { raw: { ...size, channels: 3 } })
    .jpeg({ quality: 90 })
    .toBuffer();
}

interface Given {
  readonly joinSimilarity: number;
  readonly keypoints?: boolean;
  readonly consolidation?: boolean;
  readonly workers?: number;
  readonly program?: URL;
  /** Pictures before the restart of the daemon; the remaining ones come after it. */
  readonly before?: number;
}

interface Sorted {
  readonly filings: FrameRecord[];
  readonly library: string;
}

async function sorted(context: TestContext, given: Given): Promise<Sorted> {
  const places = placesBelow(testFolder(context));
  mkdirSync(places.inbox);
  const { before = pictures.length } = given;
  for (const [from, to] of [
    [0, before],
    [before, pictures.length],
  ] as const) {
    for (const [at, bytes] of pictures.slice(from, to).entries()) put(places.inbox, from + at, bytes);
    if (to > from) await sortOnce(places, given);
  }
  return { filings: await filingsIn(places.state), library: places.library };
}

/** Days apart: capture times say nothing. */
function put(inbox: string, number: number, bytes: Buffer): void {
  const path = join(inbox, `picture-${number}.jpg`);
  writeFileSync(path, bytes);
  utimesSync(path, 1.7e9 + (number * dayMs) / 1000, 1.7e9 + (number * dayMs) / 1000);
}

async function sortOnce({ inbox, library, state }: ReturnType<typeof placesBelow>, given: Given) {
  const { joinSimilarity, keypoints = true, consolidation = true, workers = 2, program } = given;
  const flags = {
    inbox: [inbox],
    library,
    'grouping.joinSimilarity': joinSimilarity,
    'grouping.keypoints': keypoints,
    'grouping.consolidation': consolidation,
    'decode.workers': workers,
    'embed.workers': 1,
    'intake.settleMs': 0,
    'log.level': 'silent',
  };
  const { config } = loadConfig({ flags, environment: {} });
  const log = openLog(config.log);
  const daemon = await openDaemon({
    config,
    library,
    state,
    log,
    ...(program && { keypointProgram: program }),
  });
  try {
    await daemon.sortOnce(new AbortController().signal);
  } finally {
    await daemon.close();
  }
}

async function filingsIn(state: string): Promise<FrameRecord[]> {
  const store = openStoreReader(join(state, 'store'));
  try {
    const ids = Array.from({ length: (await store.last()).frame }, (_, at) => (at + 1) as FrameId);
    return Array.from((await store.frames.getMany(ids)).values());
  } finally {
    await store.close();
  }
}

/** The decisions without paths and times. */
function decisions({ filings }: Sorted) {
  return filings.map(({ placement: { name, folder }, evidence: { rule, nearest } }) => {
    return { name, folder, rule, inliers: nearest?.members.map(({ inliers }) => inliers) };
  });
}

/**
 * Returns a threshold slightly above the score of the last picture of the known place, filed after all
 * others.
 */
async function justMissed(context: TestContext): Promise<number> {
  const { filings } = await sorted(context, {
    joinSimilarity: 1,
    keypoints: false,
    before: pictures.length - 1,
  });
  const nearest = filings.at(-1)?.evidence.nearest;
  const slope = findModel('builtin').calibration?.pairs.slope;
  assert.ok(nearest !== undefined && slope !== undefined);
  return similarityTo(nearest) + 0.3 / slope;
}

test('keypoints decide doubtful arrivals, and their failures do not block', async (context) => {
  const given = { joinSimilarity: await justMissed(context), before: pictures.length - 1 };
  const last = ({ filings }: Sorted) => filings.at(-1) as FrameRecord;

  const seen = await sorted(context, given);
  assert.equal(last(seen).evidence.rule, 'keypoints');
  assert.equal(
    last(seen).placement.folder,
    seen.filings.find(({ placement }) => placement.name === 'picture-0.jpg')?.placement.folder,
  );

  const { stdout } = await runCli([
    'explain',
    join(seen.library, last(seen).placement.folder, `picture-${pictures.length - 1}.jpg`),
    '--state',
    placesBelow(join(seen.library, '..')).state,
    '--library',
    seen.library,
  ]);
  assert.match(stdout, /\d+ keypoints of a picture in the group were found again/);

  const unseen = await sorted(context, { ...given, keypoints: false });
  assert.equal(last(unseen).evidence.rule, 'not-similar-enough');
  for (const program of [leaving, failing]) {
    const failed = await sorted(context, { ...given, program });
    assert.equal(failed.filings.length, pictures.length);
    assert.equal(last(failed).evidence.rule, 'not-similar-enough');
    assert.ok(failed.filings.every(({ placement }) => placement.state === 'placed'));
  }
});

test('a consolidation verifies doubtful merges by keypoints, and continues on failure', async (context) => {
  const joinSimilarity = await justMissed(context);
  const given = { joinSimilarity, keypoints: false, consolidation: false };
  const { library } = await sorted(context, given);
  const places = placesBelow(join(library, '..'));
  const folders = async () => (await filingsIn(places.state)).map(({ placement }) => placement.folder);
  const apart = await folders();
  assert.notEqual(apart.at(-1), apart[0]);
  for (const program of [failing, leaving]) {
    cpSync(places.state, `${places.state}.before`, { recursive: true });
    await sortOnce(places, { joinSimilarity, program });
    assert.deepEqual(await folders(), apart);
    rmSync(places.state, { recursive: true });
    renameSync(`${places.state}.before`, places.state);
  }
  await sortOnce(places, { joinSimilarity });
  const together = await folders();
  assert.equal(together.at(-1), together[0]);
  assert.deepEqual(together.slice(0, -1), apart.slice(0, -1));
  const path = join(library, together[0] as string, `picture-${pictures.length - 1}.jpg`);
  const { stdout } = await runCli(['explain', path, '--state', places.state, '--library', library]);
  assert.match(stdout, /leaves a doubt; but the two most similar pictures share \d+ keypoints/);
  await succeeds('verify', '--deep', '--library', library, '--state', places.state);
});

test('decisions are equal with one decoder and with four, and with a restart in between', async (context) => {
  const joinSimilarity = await justMissed(context);
  const expected = decisions(await sorted(context, { joinSimilarity, workers: 1 }));
  assert.equal(expected.at(-1)?.rule, 'keypoints');
  for (const how of [{ workers: 4 }, { before: 1 }, { before: 5 }, { before: pictures.length - 1 }])
    assert.deepEqual(decisions(await sorted(context, { joinSimilarity, ...how })), expected);
});

test('a backup holds stored keypoints; a rebuilt state has none, and both verify', async (context) => {
  const { library, filings } = await sorted(context, { joinSimilarity: await justMissed(context) });
  const { state } = placesBelow(join(library, '..'));
  const kept = await keptIn(state, filings.length);
  assert.ok(kept.length > 0);
  const backup = join(library, '..', 'backup');
  await succeeds('backup', backup, '--library', library, '--state', state);
  assert.deepEqual(await keptIn(backup, filings.length), kept);
  await succeeds('verify', '--deep', '--library', library, '--state', backup);
  renameSync(state, `${state}.lost`);
  await succeeds('rebuild', '--from-library', '--library', library, '--state', state);
  assert.deepEqual(await keptIn(state, filings.length), []);
  await succeeds('verify', '--deep', '--library', library, '--state', state);
});

async function succeeds(...args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await runCli([...args]);
  assert.equal(code, 0, stdout + stderr);
}

/** The frames with stored keypoints, and the keypoints. */
async function keptIn(state: string, frames: number) {
  const store = await openLmdbStore({ folder: join(state, 'store'), space: findModel('builtin').space });
  try {
    const ids = Array.from({ length: frames }, (_, at) => (at + 1) as FrameId);
    const known = await store.keypoints.get(ids);
    return Array.from(known, ([id, found]) => ({ id, found }));
  } finally {
    await store.close();
  }
}
