import assert from 'node:assert/strict';
import { readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { openStoreReader } from '../../src/storage/lmdb/lmdb-store.ts';
import { runCli } from '../support/cli.ts';
import { assertAgrees, contents, foldersOf, run, type Scene } from '../support/filed-library.ts';
import { shaList } from '../support/folders.ts';
import {
  founding,
  hastyLibrary,
  put,
  shuffledInbox,
  shuffledPictures,
  sortInbox,
} from '../support/shuffled-inbox.ts';
import { changesOf } from '../support/store-reads.ts';

/** The contents of each group, whatever the folders' names. */
function partition(scene: Scene): string[] {
  const groups = new Map<string, string[]>();
  for (const [path, sha] of Object.entries(contents(scene)))
    groups.set(dirname(path), [...(groups.get(dirname(path)) ?? []), sha]);
  return Array.from(groups.values(), (shas) => shas.sort().join(' ')).sort();
}

/** The folder pairs of groups that were merged and split again. */
async function pairsTakenBack({ places }: Scene): Promise<Set<string>> {
  const store = openStoreReader(join(places[3] as string, 'store'));
  try {
    const merges = (await changesOf(store)).filter(({ why, undoneBy }) => why.act === 'merge' && undoneBy);
    const folders = new Map((await store.groups.all()).map(({ id, folder }) => [id, folder]));
    const pairs = merges.map(({ frames }) => frames.flatMap(({ from, to }) => [from.group, to.group]));
    return new Set(
      pairs.map((groups) =>
        [...new Set(groups)]
          .map((group) => folders.get(group))
          .sort()
          .join(),
      ),
    );
  } finally {
    await store.close();
  }
}

const nothing = { changes: 0, pictures: 0, merged: 0, proposed: 0 };

test('sort consolidates all filed frames, with the same result for any number of workers; a second sort changes nothing, and undo restores', async (context) => {
  const [plain, one, many] = [shuffledInbox(context), shuffledInbox(context), shuffledInbox(context)];
  await sortInbox(plain, { ...founding, FRAMESORT_GROUPING_CONSOLIDATION: 'false' });
  const few = { FRAMESORT_EMBED_WORKERS: '1', FRAMESORT_DECODE_WORKERS: '1' };
  const { consolidated, groups } = await sortInbox(one, { ...founding, ...few }, '--mode', 'copy');
  await sortInbox(many, { ...founding, FRAMESORT_EMBED_WORKERS: '3', FRAMESORT_DECODE_WORKERS: '4' });
  assert.ok(consolidated.merged > 0, JSON.stringify(consolidated));
  assert.notDeepEqual(partition(one), partition(plain));
  assert.deepEqual(partition(many), partition(one));
  assert.equal(partition(one).length, groups);
  await assertAgrees(one);

  const before = contents(one);
  assert.deepEqual((await sortInbox(one, founding, '--mode', 'copy')).consolidated, nothing);
  assert.deepEqual(contents(one), before);

  const undone = await run(one, 'undo', '--last', String(consolidated.changes));
  assert.deepEqual([undone.code, undone.said.moved], [0, consolidated.pictures], undone.stderr);
  assert.deepEqual(partition(one), partition(plain));
  await assertAgrees(one);
});

test('an undone change is neither repeated nor proposed', async (context) => {
  const scene = await hastyLibrary(context);
  const hasty = partition(scene);
  const { consolidated } = await sortInbox(scene);
  assert.ok(consolidated.merged > 2, JSON.stringify(consolidated));
  assert.equal((await run(scene, 'undo', '--all')).code, 0);
  assert.deepEqual(partition(scene), hasty);
  // A further picture of each place: their groups are consolidated again.
  for (const [at, { bytes }] of shuffledPictures.slice(0, 24).entries())
    put(scene.inbox, `again-${at}.jpg`, bytes);
  const again = await sortInbox(scene);
  assert.deepEqual([again.frames, again.consolidated.changes], [24, 0]);
  assert.equal(partition(scene).length, hasty.length);
  const { stdout } = await runCli(['proposals', '--json', ...scene.places]);
  const proposed = stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
  const takenBack = await pairsTakenBack(scene);
  assert.equal(takenBack.size, consolidated.merged);
  for (const { from, into } of proposed)
    assert.ok(!takenBack.has([from, into].sort().join()), `${from} ${into}`);
});

test('changes of groups named by the user are only proposed, once, with the command to apply', async (context) => {
  const scene = await hastyLibrary(context);
  const folders = foldersOf(scene);
  for (const folder of folders) renameSync(join(scene.library, folder), join(scene.library, `the ${folder}`));
  const before = contents(scene);
  const { consolidated } = await sortInbox(scene);
  const { changes, proposed } = consolidated;
  assert.ok(changes === 0 && proposed > 0, JSON.stringify(consolidated));
  assert.deepEqual(Object.values(contents(scene)).sort(), Object.values(before).sort());
  assert.equal(foldersOf(scene).length, folders.length);
  assert.equal((await run(scene, 'status')).said.proposals, proposed);

  const { stdout } = await runCli(['proposals', ...scene.places]);
  assert.match(
    stdout,
    /'the scene-\d+ \(\d+\) and the scene-\d+ \(\d+\) seem to show the same|Only proposed: a person had a hand/,
  );
  const { said } = await run(scene, 'proposals');
  assert.equal((await run(scene, 'merge', said.from, said.into)).code, 0);
  const left = (await run(scene, 'status')).said.proposals;
  assert.ok(left < proposed, `${left} of ${proposed} are left`);

  put(scene.inbox, 'again.jpg', shuffledPictures[0]?.bytes as Buffer);
  const again = await sortInbox(scene);
  assert.deepEqual([again.frames, again.consolidated.changes], [1, 0]);
});

test('published groups stay unchanged; at 0 days nothing is changed, all is proposed', async (context) => {
  const scene = await hastyLibrary(context);
  const before = contents(scene);
  const { consolidated } = await sortInbox(scene, { FRAMESORT_GROUPING_PUBLISHED_DAYS: '0' });
  assert.ok(consolidated.changes === 0 && consolidated.proposed > 0, JSON.stringify(consolidated));
  assert.deepEqual(contents(scene), before);
  const { stdout } = await runCli(['proposals', ...scene.places], {
    env: { FRAMESORT_GROUPING_PUBLISHED_DAYS: '0' },
  });
  assert.match(stdout, /others may rely on it/);
});

test('with consolidation off, frames wait until it is on', async (context) => {
  const scene = await hastyLibrary(context);
  const before = contents(scene);
  const off = await sortInbox(scene, { FRAMESORT_GROUPING_CONSOLIDATION: 'false' });
  assert.deepEqual([off.consolidated, contents(scene)], [nothing, before]);
  assert.ok((await sortInbox(scene)).consolidated.merged > 0);
});

test('--dry-run prints the result of a consolidation, and moves nothing', async (context) => {
  const scene = await hastyLibrary(context);
  // A reader of the store enters itself in LMDB's table of readers.
  const files = () => shaList(dirname(scene.library)).filter((line) => !line.endsWith('/lock.mdb'));
  const before = files();
  const dry = await sortInbox(scene, {}, '--dry-run');
  assert.deepEqual(files(), before);
  const { stdout } = await runCli([
    'sort',
    scene.inbox,
    scene.library,
    '--state',
    scene.places[3] as string,
    '--dry-run',
  ]);
  assert.match(stdout, /\d+ pictures would be put right by consolidation: \d+ groups merged into others/);
  assert.doesNotMatch(stdout, /undo/);
  const { consolidated } = await sortInbox(scene);
  assert.deepEqual(dry.consolidated, consolidated);
});

test('explain prints why a consolidation moved a picture, with its evidence', async (context) => {
  const scene = await hastyLibrary(context);
  const before = contents(scene);
  await sortInbox(scene);
  const moved = Object.keys(contents(scene)).find((path) => before[path] === undefined);
  const { stdout } = await runCli(['explain', join(scene.library, moved as string), ...scene.places]);
  assert.match(
    stdout,
    /changed .* from scene-\d+ to scene-\d+, merge by consolidation: both groups show the same scene\n +Their similarity is \d\.\d{3}\. Pictures join from \d\.\d{3} on.* The most similar pictures are \w+\.jpg and \w+\.jpg at/,
  );
  assert.ok(readFileSync(join(scene.library, moved as string)).length > 0);
});
