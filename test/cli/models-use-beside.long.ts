import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { FrameId } from '../../src/domain/frame.ts';
import { openStoreReader } from '../../src/storage/lmdb/lmdb-store.ts';
import { ended, runCli, startCli, Watching } from '../support/cli.ts';
import { shaList, testFolder } from '../support/folders.ts';
import { drawPictures } from '../support/pictures.ts';
import { membershipsOf } from '../support/store-reads.ts';

const first = 150;
const more = 30;
const pictures = await drawPictures(first + more + 2, 6);

/** A daemon on a library of its own. */
class Scene {
  readonly inbox: string;
  readonly library: string;
  readonly state: string;
  readonly #folder: string;
  #sent = 0;

  constructor(context: TestContext) {
    this.#folder = testFolder(context);
    [this.inbox, this.library] = [join(this.#folder, 'inbox'), join(this.#folder, 'library')];
    this.state = join(this.#folder, 'state');
    mkdirSync(this.inbox);
  }

  get places(): string[] {
    return ['--library', this.library, '--state', this.state];
  }

  send(count: number): void {
    for (const { name, bytes } of pictures.slice(this.#sent, this.#sent + count)) {
      writeFileSync(join(this.#folder, name), bytes);
      renameSync(join(this.#folder, name), join(this.inbox, name));
    }
    this.#sent += count;
  }

  watch(): Promise<Watching> {
    return new Watching(['--inbox', this.inbox, ...this.places]).ready();
  }

  async look<T>(at: (store: ReturnType<typeof openStoreReader>) => Promise<T>): Promise<T> {
    const store = openStoreReader(join(this.state, 'store'));
    try {
      return await at(store);
    } finally {
      await store.close();
    }
  }

  filed(): Promise<number> {
    return this.look(async (store) => (await store.counts()).frames - (await store.counts()).planned);
  }

  embedded(model: string): Promise<number> {
    return this.look(async ({ spaces }) => {
      const id = (await spaces.list()).find((one) => one.startsWith(`${model}@`));
      return id === undefined ? 0 : await spaces.count(id);
    });
  }

  inUse(): Promise<string> {
    return this.look(async ({ spaces }) => (await spaces.list())[0]?.split('@')[0] ?? '');
  }

  /** The groups, and their members before later arrivals. */
  identity() {
    return this.look(async (store) => ({
      groups: Array.from(await store.groups.all(), ({ id, folder }) => ({ id, folder })),
      members: (await membershipsOf(store)).sort((a, b) => a.frame - b.frame),
    }));
  }

  use(model: string, ...flags: string[]): string[] {
    return ['models', 'use', model, ...this.places, ...flags];
  }
}

test('a daemon changes to another model behind its work, though it is killed three times; the way back is at once', async (context) => {
  const scene = new Scene(context);
  scene.send(first);
  let daemon = await scene.watch();
  context.after(() => daemon.end('SIGKILL'));
  await daemon.until(async () => (await scene.filed()) === first, 'the first pictures are filed');
  const before = await scene.identity();

  const command = startCli(scene.use('histogram', '--yes', '--json'), {});
  const end = ended(command);
  for (let kill = 0; kill < 3; kill++) {
    const done = await scene.embedded('histogram');
    await daemon.until(async () => (await scene.embedded('histogram')) > done, 'some are embedded');
    scene.send(more / 3);
    await daemon.end('SIGKILL');
    assert.equal(await scene.inUse(), 'builtin');
    daemon = await scene.watch();
  }
  const { code, stdout, stderr } = await end;
  assert.equal(code, 0, stderr);
  assert.equal(JSON.parse(stdout).inUse, true);
  await daemon.until(async () => (await scene.filed()) === first + more, 'what came meanwhile is filed');
  assert.equal(await scene.inUse(), 'histogram');
  const after = await scene.identity();
  assert.deepEqual(after.groups.slice(0, before.groups.length), before.groups);
  assert.deepEqual(after.members.slice(0, first), before.members);

  await daemon.end('SIGKILL');
  daemon = await scene.watch(); // the configuration still names the built-in model
  assert.equal(daemon.logged('a model that "models use" chose is in use').length, 1);
  scene.send(1);
  await daemon.until(
    async () => (await scene.embedded('histogram')) === first + more + 1,
    'one more is filed',
  );
  const since = first + more + 1 - (await scene.embedded('builtin'));
  assert.ok(since < more, `${since} came since the change`);
  const back = await runCli(scene.use('builtin', '--yes', '--json'));
  assert.equal(back.code, 0, back.stderr);
  assert.equal(JSON.parse(back.stdout).embedded, since, 'only what came since');
  assert.equal(await scene.inUse(), 'builtin');
  scene.send(1);
  const all = first + more + 2;
  await daemon.until(async () => (await scene.filed()) === all, 'the last picture is filed');
  assert.equal(await daemon.end(), 0);
  const verified = await runCli(['verify', '--deep', ...scene.places]);
  assert.equal(verified.code, 0, verified.stdout + verified.stderr);
  const files = shaList(scene.library).filter((line) => !line.includes('.framesort/'));
  assert.equal(files.length, all, 'every picture is there once');
});

test('beside a daemon nothing changes unsaid: what can not be read is told, and an interrupted command is taken up again', async (context) => {
  const scene = new Scene(context);
  scene.send(12);
  const daemon = await scene.watch();
  context.after(() => daemon.end('SIGKILL'));
  await daemon.until(async () => (await scene.filed()) === 12, 'the pictures are filed');

  const broken = await scene.look(async (store) => {
    const { folder, name } = (await store.frames.get(1 as FrameId))?.placement ?? { folder: '', name: '' };
    return join(scene.library, folder, name);
  });
  const good = readFileSync(broken);
  writeFileSync(broken, 'no picture');
  const refused = await runCli(scene.use('histogram', '--yes'));
  assert.equal(refused.code, 75, refused.stdout);
  assert.match(refused.stderr, /can't be read.*Nothing was changed/s);
  writeFileSync(broken, good);

  const told = await runCli(scene.use('histogram'));
  assert.equal(told.code, 0, told.stderr);
  assert.match(told.stdout, /12 pictures have a vector of histogram; 1 were embedded now/);
  assert.match(told.stdout, /nothing was changed; add --yes/);

  const command = startCli(scene.use('classical', '--yes'), {});
  command.stderr?.once('data', () => command.kill('SIGINT'));
  const stopped = await ended(command);
  assert.equal(stopped.code, 3, stopped.stderr);
  assert.match(stopped.stdout, /the daemon goes on/);
  await daemon.until(async () => (await scene.embedded('classical')) === 12, 'the daemon went on');
  assert.equal(await scene.inUse(), 'builtin');
  assert.match((await runCli(['status', ...scene.places])).stdout, /switching to classical/);
  const again = await runCli(scene.use('classical', '--yes', '--json'));
  assert.deepEqual([JSON.parse(again.stdout).embedded, await scene.inUse()], [0, 'classical']);
});
