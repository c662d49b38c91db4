import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { openDaemon } from '../../src/app/daemon.ts';
import { loadConfig } from '../../src/config/load.ts';
import { nodeFileSystem } from '../../src/lib/fs/file-system.ts';
import { openLog } from '../../src/lib/logger.ts';
import { verify } from '../../src/library/verify.ts';
import { closeState, openState } from '../../src/storage/open.ts';
import { openExtractor } from '../../src/vision/open.ts';
import { until } from '../support/cli.ts';
import { faultyFiles, systemError } from '../support/faulty-files.ts';
import { filesBelow, placesBelow, testFolder } from '../support/folders.ts';
import { drawPictures } from '../support/pictures.ts';

/**
 * Two inboxes: the folder of one refuses every removal, like a sticky folder of another user's files; the
 * other is normal.
 */

const pictures = await drawPictures(80, 23);
const settings = { 'intake.settleMs': 100, 'log.level': 'silent' };
const extractor = await openExtractor(loadConfig({ flags: settings, environment: {} }).config);
after(() => extractor.close());

function setUp(context: TestContext, ofReading?: string) {
  const folder = testFolder(context);
  const { inbox: held, library, state } = placesBelow(folder);
  const good = join(folder, 'good');
  for (const one of [held, good]) mkdirSync(one);
  const { config } = loadConfig({ flags: { inbox: [held, good], library, ...settings }, environment: {} });
  let isHeld = true;
  const files = faultyFiles(({ verb, paths: [path = ''] }) => {
    if (ofReading !== undefined && verb === 'read' && path.startsWith(held)) throw systemError(ofReading);
    if (isHeld && verb === 'renameOver' && path.startsWith(`${held}/`)) throw systemError('EPERM');
  });
  const open = async () => {
    const daemon = await openDaemon({ config, library, state, log: openLog(config.log), files, extractor });
    const stop = new AbortController();
    const watching = daemon.watch(stop.signal);
    const end = async () => {
      stop.abort();
      await watching;
      await daemon.close();
    };
    context.after(() => stop.abort()); // if the test fails midway
    return { daemon, end };
  };
  const letGo = () => {
    isHeld = false;
  };
  return { held, good, library, state, open, letGo };
}

const names = (folder: string) => filesBelow(folder).map(({ path }) => path);

test('a picture that is damaged on its disk is tried again, and the others are filed', async (context) => {
  const { held, good, open } = setUp(context, 'EBADMSG');
  writeFileSync(join(held, 'damaged.jpg'), pictures[0]?.bytes as Buffer);
  writeFileSync(join(good, 'good.jpg'), pictures[1]?.bytes as Buffer);
  const { daemon, end } = await open();
  await until(() => names(good).length === 0, 'the good picture to be filed');
  await until(() => daemon.problems.length === 1, 'the other to be told of');
  assert.match(daemon.problems[0]?.message ?? '', /EBADMSG/);
  assert.deepEqual(names(held), ['damaged.jpg']);
  await end();
});

test('an inbox that lets no picture go keeps nothing else waiting, before and after a restart', async (context) => {
  const { held, good, library, state, open, letGo } = setUp(context);
  const stuck = pictures.slice(0, 70);
  for (const { name, bytes } of stuck) writeFileSync(join(held, name), bytes);
  let { daemon, end } = await open();
  await until(() => daemon.problems.length === stuck.length, 'all of one inbox to be put off');
  const { what, message } = daemon.problems[0] ?? { what: '', message: '' };
  assert.ok(what.startsWith(held), what);
  assert.match(message, /take .* from its folder: framesort has no permission \(EPERM\)/);
  writeFileSync(join(good, 'good-1.jpg'), pictures[70]?.bytes as Buffer);
  await until(() => names(good).length === 0, 'the good picture to be filed');
  await end();

  ({ daemon, end } = await open());
  writeFileSync(join(good, 'good-2.jpg'), pictures[71]?.bytes as Buffer);
  await until(() => names(good).length === 0, 'the good picture to be filed');
  assert.equal(names(held).length, stuck.length);

  letGo();
  await until(
    async () => names(held).length === 0 && (await daemon.status()).store.planned === 0,
    'all to be let go',
  );
  assert.deepEqual(daemon.problems, []);
  await end();
  const libraryState = await openState(state, extractor.model);
  const verdict = await verify({
    store: libraryState.store,
    index: libraryState.index,
    library,
    files: nodeFileSystem,
    deep: true,
  });
  await closeState(libraryState);
  assert.deepEqual(verdict.disagreements, []);
  assert.equal(verdict.frames, stuck.length + 2);
});
