import { join } from 'node:path';
import type { FrameId } from '../../src/domain/frame.ts';
import { FrameError } from '../../src/domain/frame-error.ts';
import { nodeFileSystem } from '../../src/lib/fs/file-system.ts';
import { rebuildStore } from '../../src/library/rebuild-store.ts';
import { openLmdbStore } from '../../src/storage/lmdb/lmdb-store.ts';
import type { StoreReader } from '../../src/storage/store.ts';
import type { FeatureExtractor } from '../../src/vision/extractor.ts';
import { membershipsOf } from '../support/store-reads.ts';

/** Rebuilds a store from the library alone. Returns the differences from the daemon's store. */
export async function differencesAfterRestoring(
  library: string,
  kept: StoreReader,
  extractor: FeatureExtractor,
  folder: string,
): Promise<string[]> {
  const { space } = extractor.model;
  const store = await openLmdbStore({ folder: join(folder, 'restored'), space });
  try {
    const restored = await rebuildStore({
      library,
      store,
      files: nodeFileSystem,
      space,
      readPicture: lookWith(extractor),
    });
    const [wanted, found] = [await linesOf(kept), new Set(await linesOf(store))];
    const byHand = found.size - wanted.length;
    return [
      ...wanted.filter((line) => !found.has(line)).map((line) => `restored without ${line}`),
      ...(restored.embedded > byHand ? [`${restored.embedded} pictures were looked at for ${byHand}`] : []),
    ];
  } finally {
    await store.close();
  }
}

async function linesOf(store: StoreReader): Promise<string[]> {
  const members = await membershipsOf(store);
  return (await Promise.all(members.map(({ frame }) => lineOf(store, frame)))).sort();
}

async function lineOf(store: StoreReader, id: FrameId): Promise<string> {
  const filing = await store.frames.get(id);
  const { frame, placement } = filing as NonNullable<typeof filing>;
  return [id, placement.folder, placement.name, frame.fingerprint, frame.captured.ms, frame.source].join(' ');
}

function lookWith(extractor: FeatureExtractor) {
  return async (bytes: Buffer, name: string) => {
    if (!bytes.subarray(0, 2).equals(Buffer.from([0xff, 0xd8])))
      throw new FrameError('not-an-image', `${name} is none`);
    return { embedding: await extractor.embed(bytes), captured: { ms: 0, origin: 'mtime' } as const };
  };
}
