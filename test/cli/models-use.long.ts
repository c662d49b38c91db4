import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openStoreReader } from '../../src/storage/lmdb/lmdb-store.ts';
import { ended, runCli, startCli, until } from '../support/cli.ts';
import { shaList, testFolder } from '../support/folders.ts';
import { drawPictures } from '../support/pictures.ts';
import { embeddingsOf, membershipsOf } from '../support/store-reads.ts';

const pictures = await drawPictures(280, 5);

async function libraryOf(context: TestContext, count: number): Promise<string> {
  const folder = testFolder(context);
  mkdirSync(join(folder, 'inbox'));
  for (const { name, bytes } of pictures.slice(0, count)) writeFileSync(join(folder, 'inbox', name), bytes);
  const { code, stderr } = await runCli(['sort', join(folder, 'inbox'), join(folder, 'library')]);
  assert.equal(code, 0, stderr);
  return join(folder, 'library');
}

async function look<T>(
  library: string,
  at: (store: ReturnType<typeof openStoreReader>) => Promise<T>,
): Promise<T> {
  const store = openStoreReader(join(library, '.framesort/state/store'));
  try {
    return await at(store);
  } finally {
    await store.close();
  }
}

const groupsOf = (library: string) =>
  look(library, async (store) => ({
    groups: await store.groups.all(),
    members: (await membershipsOf(store)).sort((a, b) => a.frame - b.frame),
  }));

const vectorsOf = (library: string) =>
  look(library, async (store) => Array.from(await embeddingsOf(store), (one) => Array.from(one.embedding)));

const spacesOf = (library: string) =>
  look(library, async ({ spaces }) =>
    Object.fromEntries(
      await Promise.all((await spaces.list()).map(async (id) => [id, await spaces.count(id)] as const)),
    ),
  );

const filesOf = (library: string) => shaList(library).filter((line) => !line.includes('.framesort/'));

test('another model is taken into use though it is killed three times; groups stay, and the way back is at once', async (context) => {
  const library = await libraryOf(context, 280);
  const [groups, vectors, files] = [await groupsOf(library), await vectorsOf(library), filesOf(library)];
  const use = ['models', 'use', 'histogram', '--library', library, '--yes', '--json'];
  let done = 0;
  for (let kills = 0; kills < 3; kills++) {
    const child = startCli(use, {});
    const end = ended(child);
    const before = done;
    await until(async () => {
      const histogram = Object.entries(await spacesOf(library)).find(([id]) => id.startsWith('histogram'));
      done = histogram?.[1] ?? 0;
      return done > before;
    }, 'some pictures are embedded');
    child.kill('SIGKILL');
    await end;
  }
  assert.ok(done < 280, `${done} were embedded before the last kill`);
  assert.deepEqual(await vectorsOf(library), vectors, 'decisions use the old space until all is done');

  const { code, stdout, stderr } = await runCli(use);
  assert.equal(code, 0, stderr);
  const report = JSON.parse(stdout);
  assert.deepEqual({ frames: report.frames, inUse: report.inUse }, { frames: 280, inUse: true });
  assert.ok(report.embedded <= 280 - done, `${report.embedded} were embedded anew after ${done}`);
  const [inUse] = Object.keys(await spacesOf(library));
  assert.match(inUse ?? '', /^histogram@/);
  assert.deepEqual(await groupsOf(library), groups);
  assert.deepEqual(filesOf(library), files);
  const verified = await runCli(['verify', '--deep', '--library', library, '--model', 'histogram']);
  assert.equal(verified.code, 0, verified.stdout + verified.stderr);

  const back = await runCli(['models', 'use', 'builtin', '--library', library, '--yes', '--json']);
  assert.equal(JSON.parse(back.stdout).embedded, 0);
  assert.deepEqual(await vectorsOf(library), vectors);
  assert.deepEqual(await groupsOf(library), groups);
});

test('without --yes all is embedded and told, and nothing changes', async (context) => {
  const library = await libraryOf(context, 12);
  const vectors = await vectorsOf(library);
  const { code, stdout } = await runCli(['models', 'use', 'histogram', '--library', library]);
  assert.equal(code, 0);
  assert.match(stdout, /12 pictures have a vector of histogram; 12 were embedded now/);
  assert.match(stdout, /nothing was changed; add --yes/);
  assert.deepEqual(await vectorsOf(library), vectors);
});

test('a store of another space says which command leads to the wanted one', async (context) => {
  const library = await libraryOf(context, 3);
  const { code, stderr } = await runCli(['verify', '--library', library, '--model', 'classical']);
  assert.notEqual(code, 0);
  assert.match(stderr, /framesort models use/);
});

test('the model in use need not be at hand any more', async (context) => {
  const library = await libraryOf(context, 4);
  const env = { FRAMESORT_EMBED_MODEL: join(library, 'gone', 'model.json') };
  const use = ['models', 'use', 'histogram', '--library', library, '--yes', '--json'];
  const { code, stdout, stderr } = await runCli(use, { env });
  assert.equal(code, 0, stderr);
  assert.equal(JSON.parse(stdout).inUse, true);
});

test('what a person moved is found, what was deleted is forgotten, and what is no picture any more changes nothing', async (context) => {
  const library = await libraryOf(context, 12);
  const before = await look(library, async (store) =>
    Promise.all((await membershipsOf(store)).map(({ frame }) => store.frames.get(frame))),
  );
  const [moved, deleted, broken] = before.map((filing) => {
    assert.ok(filing);
    return join(library, filing.placement.folder, filing.placement.name);
  }) as [string, string, string];
  mkdirSync(join(library, 'mine'));
  renameSync(moved, join(library, 'mine', 'moved.jpg'));
  rmSync(deleted);
  const good = readFileSync(broken);
  writeFileSync(broken, 'no picture');
  const use = ['models', 'use', 'histogram', '--library', library, '--yes'];
  const refused = await runCli(use);
  assert.equal(refused.code, 75);
  assert.match(refused.stderr, /can't be read.*Nothing was changed/s);
  assert.match(Object.keys(await spacesOf(library))[0] ?? '', /^builtin@/);

  writeFileSync(broken, good);
  const { code, stdout, stderr } = await runCli([...use, '--json']);
  assert.equal(code, 0, stderr);
  assert.deepEqual([JSON.parse(stdout).frames, JSON.parse(stdout).embedded], [11, 1]);
  const folders = await look(library, async (store) =>
    Array.from(await store.groups.all(), ({ folder }) => folder),
  );
  assert.ok(folders.includes('mine'));
});
