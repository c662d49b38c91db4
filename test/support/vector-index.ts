import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Embedding } from '../../src/domain/embedding.ts';
import type { FrameId } from '../../src/domain/frame.ts';
import { type Clock, systemClock } from '../../src/lib/async/clock.ts';
import { openLmdbStore } from '../../src/storage/lmdb/lmdb-store.ts';
import type { BlobTable } from '../../src/storage/store.ts';
import type { SegmentLayout } from '../../src/storage/vectors/usearch/segment-plan.ts';
import { SegmentStore } from '../../src/storage/vectors/usearch/segment-store.ts';
import { openUsearchIndex } from '../../src/storage/vectors/usearch/usearch-index.ts';
import type { VectorIndex } from '../../src/storage/vectors/vector-index.ts';
import { testFolder } from './folders.ts';
import { clusteredEmbeddings, spaceOf } from './vectors.ts';

export const dimensions = 32;
export const space = spaceOf(dimensions);
export const embeddings = clusteredEmbeddings(800, { dimensions });
export const queries = embeddings.filter((_, i) => i % 15 === 0);

/** Segments small enough that eight hundred frames reach every level of merging. */
export const smallLayout: SegmentLayout = {
  sealFrames: 64,
  levels: [
    { seals: 1, lag: 0 },
    { seals: 4, lag: 1 },
    { seals: 8, lag: 2 },
  ],
};

export const framesOf = (from: number, to: number) =>
  embeddings.slice(from, to).map((embedding, i) => ({ frame: (from + i + 1) as FrameId, embedding }));

/** An index in a real LMDB store; the source holds all embeddings passed to `learn`. */
export async function indexGround(context: TestContext, guard = (blobs: BlobTable) => blobs) {
  const folder = testFolder(context);
  const store = await openLmdbStore({ folder: join(folder, 'store'), space });
  context.after(() => store.close());
  let count = 0;
  const forgotten = new Set<FrameId>();
  const isKept = ({ frame }: { frame: FrameId }) => !forgotten.has(frame);
  const source = {
    page: async (after: FrameId, rows: number) => framesOf(after, count).filter(isKept).slice(0, rows),
  };
  const known = (after: FrameId, last: FrameId) => framesOf(after, last).filter(isKept).length;
  const passing = join(folder, 'tmp');
  const written: number[] = [];
  const noting: BlobTable = {
    ...store.segments,
    put: async (key, value) => {
      await store.segments.put(key, value);
      if (key.endsWith('/manifest')) written.push(JSON.parse(value.toString()).frames);
    },
  };
  const segments = (of = space) => new SegmentStore(guard(noting), passing, of);
  return {
    store,
    passing,
    segments,
    forget: (frames: readonly FrameId[]) => {
      for (const frame of frames) forgotten.add(frame);
    },
    learn: (frames: number) => {
      count = frames;
    },
    open: (of = space, shape = smallLayout, clock: Clock = systemClock) =>
      openUsearchIndex({ space: of, segments: segments(of), source, known, layout: shape, clock }),
    /** The manifests of saved segments. */
    manifests: async () => {
      const keys = (await store.segments.keys('index/')).filter((key) => key.endsWith('/manifest'));
      return Promise.all(keys.map(async (key) => String(await store.segments.get(key))));
    },
    /** Frames in all segments ever saved. */
    segmentFrames: () => written.reduce((sum, frames) => sum + frames, 0),
  };
}

export type Ground = Awaited<ReturnType<typeof indexGround>>;

/** Adds frames like the pipeline: a few at a time, committed to the store. */
export async function fill(index: VectorIndex, ground: Ground, to: number, batch = 8): Promise<void> {
  for (let from = index.size; from < to; from += batch) {
    const frames = framesOf(from, Math.min(to, from + batch));
    await index.add(frames);
    ground.learn(from + frames.length);
    await index.onCommitted();
  }
}

export const found = (index: VectorIndex, of: readonly Embedding[] = queries) =>
  Promise.all(of.map((query) => index.search(query, 10)));
