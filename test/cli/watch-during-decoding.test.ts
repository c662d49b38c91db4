import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { openDaemon } from '../../src/app/daemon.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Mode } from '../../src/domain/placement.ts';
import { nodeFileSystem } from '../../src/lib/fs/file-system.ts';
import { openLog } from '../../src/lib/logger.ts';
import { verify } from '../../src/library/verify.ts';
import { openStoreReader } from '../../src/storage/lmdb/lmdb-store.ts';
import { closeState, openState } from '../../src/storage/open.ts';
import type { Decoder } from '../../src/vision/decode/decoder.ts';
import { FeatureExtractor } from '../../src/vision/extractor.ts';
import { modelOf } from '../../src/vision/models/configured-model.ts';
import { openDecoder, openEmbedder } from '../../src/vision/open.ts';
import { until } from '../support/cli.ts';
import { filesBelow, groupsIn, placesBelow, quarantineIn, sha256, testFolder } from '../support/folders.ts';
import { drawPictures } from '../support/pictures.ts';
import { membershipsOf } from '../support/store-reads.ts';

/** Changes of a file by people and cameras during the decoding, after the read and before the decision. */

const [first, second] = (await drawPictures(2, 17)).map(({ bytes }) => bytes) as [Buffer, Buffer];
const settings = { 'embed.workers': 1, 'intake.settleMs': 100, 'log.level': 'silent' };
const { config: usual } = loadConfig({ flags: settings, environment: {} });
const model = modelOf(usual);
const [decoder, embedder] = [await openDecoder(usual.decode), await openEmbedder(model, usual)];
after(() => Promise.all([decoder.close(), embedder.close()]));

const longAgo = new Date('2020-01-01T00:00:00Z');
const modes: readonly Mode[] = ['move', 'copy', 'hardlink', 'symlink'];

const replacements: Readonly<Record<string, (path: string) => void>> = {
  'by rename': (path) => {
    const draft = `${path}.part`;
    writeFileSync(draft, second);
    renameSync(draft, path);
  },
  'by writing into it': (path) => writeFileSync(path, second),
  'after its removal': (path) => {
    rmSync(path);
    writeFileSync(path, second);
  },
};

interface Given {
  readonly mode: Mode;
  /** Content of the inbox at the start. */
  readonly bytes?: Buffer;
  /** Runs before the decoder gets the bytes. */
  readonly meanwhile?: (path: string) => void;
  /** Runs after the folder is made, before the file enters. */
  readonly beforeLink?: (path: string) => void;
}

async function watchWhile(context: TestContext, { mode, bytes = first, meanwhile, beforeLink }: Given) {
  const folder = testFolder(context);
  const { inbox, library, state } = placesBelow(folder);
  mkdirSync(inbox);
  const path = join(inbox, 'IMG_0001.jpg');
  writeFileSync(path, bytes);
  utimesSync(path, longAgo, longAgo); // so that an unreadable file does not count as incomplete
  const { config } = loadConfig({ flags: { inbox: [inbox], library, mode, ...settings }, environment: {} });
  const decoded: string[] = [];
  const watched: Decoder = {
    decode: (content, spec) => {
      if (decoded.push(sha256(content)) === 1) meanwhile?.(path);
      return decoder.decode(content, spec);
    },
  };
  const log = openLog(config.log);
  const reached = (step: string) => {
    const isEntering = readdirSync(library).length > 1;
    if (step === 'before-link' && isEntering && existsSync(path)) beforeLink?.(path);
  };
  const daemon = await openDaemon({
    config,
    library,
    state,
    log,
    reached,
    extractor: new FeatureExtractor({
      model,
      decoder: watched,
      embedder,
      concurrency: 8,
      close: async () => {},
    }),
  });
  const stop = new AbortController();
  const watching = daemon.watch(stop.signal);
  context.after(() => stop.abort()); // if the test fails midway
  const isIdle = async () => {
    const { backlog, store } = await daemon.status();
    return decoded.length > 0 && backlog.waiting + backlog.underWay + store.planned === 0;
  };
  const end = async () => {
    stop.abort();
    await watching;
    await daemon.close();
    const libraryState = await openState(state, model);
    const { disagreements } = await verify({
      store: libraryState.store,
      index: libraryState.index,
      library,
      files: nodeFileSystem,
      deep: true,
    });
    await closeState(libraryState);
    assert.deepEqual(disagreements, []);
  };
  return { folder, inbox, library, state, path, decoded, daemon, isIdle, end };
}

for (const mode of modes)
  for (const [how, replace] of Object.entries(replacements))
    test(`${mode}: a picture that is replaced ${how} while it is decoded: the new one is filed, once`, async (context) => {
      const there = await watchWhile(context, { mode, meanwhile: replace });
      const { inbox, library, state, path, decoded, daemon, isIdle, end } = there;
      await until(() => decoded.includes(sha256(second)) && isIdle(), 'the new picture is filed', 20_000);
      assert.deepEqual(daemon.problems, []);
      await end();
      const filed = Array.from(groupsIn(library).values()).flat();
      assert.deepEqual(
        filed.map(({ sha }) => sha),
        [sha256(second)],
      );
      assert.deepEqual(quarantineIn(library), []);
      assert.deepEqual(readdirSync(inbox), mode === 'move' ? [] : [basename(path)]);
      if (mode !== 'move') assert.deepEqual(readFileSync(path), second);
      assert.deepEqual(await printsIn(state), [sha256(second)]);
      assert.equal(groupFoldersOf(library).length, 1);
    });

for (const mode of modes)
  for (const [when, given] of Object.entries({
    'while it is decoded': { mode, meanwhile: rmSync },
    'when its folder has just been made': { mode, beforeLink: rmSync },
    'while it is decoded, and is none': { mode, bytes: Buffer.from('no picture'), meanwhile: rmSync },
  })) {
    if (mode === 'symlink' && 'beforeLink' in given) continue; // a link's picture may go at any later moment as well
    test(`${mode}: a picture that is removed ${when} leaves no record and no folder`, async (context) => {
      const { inbox, library, state, path, isIdle, daemon, end } = await watchWhile(context, given);
      await until(() => !existsSync(path) && isIdle(), 'nothing is left to do', 10_000);
      assert.deepEqual(groupFoldersOf(library), []);
      writeFileSync(join(inbox, 'IMG_0002.jpg'), second);
      await until(
        () => daemon.statistics.totals.joined + daemon.statistics.totals.founded > 0 && isIdle(),
        'the next is filed',
      );
      await until(() => groupsIn(library).size > 0, 'the next one is there', 10_000);
      assert.deepEqual(daemon.problems, []);
      assert.equal(
        (await daemon.status()).store.quarantined,
        mode === 'move' || given.bytes === undefined ? 0 : 1,
      );
      await end();
      assert.deepEqual(await printsIn(state), [sha256(second)]);
      assert.equal(groupFoldersOf(library).length, 1);
      assert.deepEqual(filesBelow(join(library, '.framesort', 'quarantine')), []);
      assert.equal(existsSync(join(inbox, 'IMG_0002.jpg')), mode !== 'move');
    });
  }

/** The fingerprints recorded by the store. */
async function printsIn(state: string): Promise<string[]> {
  const store = openStoreReader(join(state, 'store'));
  const ids = (await membershipsOf(store)).map(({ frame }) => frame);
  const filings = await store.frames.getMany(ids);
  await store.close();
  return Array.from(filings.values(), ({ frame }) => frame.fingerprint);
}

function groupFoldersOf(library: string): string[] {
  return readdirSync(library).filter((name) => !name.startsWith('.'));
}
