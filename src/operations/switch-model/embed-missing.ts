import { join } from 'node:path';
import type { Embedding } from '../../domain/embedding.ts';
import type { FrameId } from '../../domain/frame.ts';
import { mapInOrder } from '../../lib/async/batches.ts';
import { BufferPool } from '../../lib/buffer-pool.ts';
import { messageOf, TransientError } from '../../lib/errors.ts';
import { printable } from '../../lib/fs/byte-path.ts';
import type { FileSystem } from '../../lib/fs/file-system.ts';
import type { FrameRecord, Store, StoredEmbedding, VectorTable } from '../../storage/store.ts';
import type { FeatureExtractor } from '../../vision/extractor.ts';

/** Embeds a library in another embedding space, beside the space in use. */

export interface EmbedMissingParts {
  readonly store: Store;
  readonly library: string;
  readonly files: FileSystem;
  /** Extracts features in the coming space. */
  readonly extractor: Pick<FeatureExtractor, 'embed' | 'model' | 'concurrency'>;
  /** Pictures in work at a time, in place of the extractor's own number. */
  readonly concurrency?: number;
}

export interface UnreadableFrame {
  readonly path: string;
  readonly message: string;
}

export interface EmbedResult {
  /** Pictures embedded by this call. */
  readonly embedded: number;
  /** Unreadable pictures, without a vector in the new space. */
  readonly unreadable: readonly UnreadableFrame[];
}

/** Frames per transaction: the most that a kill loses. */
const batchMax = 64;

/**
 * Embeds every frame without a vector in the extractor's space. Embedded frames are kept, whatever ends the
 * call: the next call goes on from there.
 */
export async function embedMissing(
  parts: EmbedMissingParts,
  signal: AbortSignal,
  onEmbedded: (frames: number) => void = () => {},
): Promise<EmbedResult> {
  const table = await parts.store.spaces.create(parts.extractor.model.space);
  const buffers = new BufferPool();
  const unreadable: UnreadableFrame[] = [];
  let embedded = 0;
  let batch: StoredEmbedding[] = [];
  const keep = async () => {
    await table.put(batch);
    embedded += batch.length;
    onEmbedded(batch.length);
    batch = [];
  };
  const looking = mapInOrder(
    missing(table, signal),
    (frame) => look(frame, parts, buffers),
    parts.concurrency ?? parts.extractor.concurrency,
  );
  for await (const looked of looking) {
    if ('message' in looked) unreadable.push(looked);
    else batch.push(looked);
    if (batch.length >= batchMax) await keep();
  }
  await keep();
  return { embedded, unreadable };
}

async function* missing(table: VectorTable, signal: AbortSignal): AsyncGenerator<FrameId> {
  let after = 0 as FrameId;
  for (;;) {
    const frames = await table.missing(after, batchMax);
    if (frames.length === 0) return;
    for (const frame of frames) {
      if (signal.aborted) return;
      yield frame;
      after = frame;
    }
  }
}

async function look(
  frame: FrameId,
  { store, library, files, extractor }: EmbedMissingParts,
  buffers: BufferPool,
): Promise<StoredEmbedding | UnreadableFrame> {
  const filing = await store.frames.get(frame);
  const path = filing === undefined ? '' : pathOf(filing, library);
  try {
    const embedding = await buffers.lend(async (room): Promise<Embedding> => {
      const { bytes } = await files.read(path, room);
      return extractor.embed(bytes);
    });
    return { frame, embedding };
  } catch (error) {
    return { path, message: messageOf(error) };
  }
}

/** Reads the source of a symbolic link in the library. */
function pathOf({ frame, placement }: FrameRecord, library: string): string {
  const isInLibrary = placement.state === 'placed' && placement.mode !== 'symlink';
  return isInLibrary ? join(library, placement.folder, placement.name) : frame.source;
}

/** Nothing is changed while a picture has no vector in the new space. */
export function stillUnreadable(unreadable: readonly UnreadableFrame[]): TransientError {
  const [first] = unreadable as [UnreadableFrame];
  const others = unreadable.length > 1 ? `, and ${unreadable.length - 1} more` : '';
  return new TransientError(
    `embed anew: ${printable(first.path)} can't be read${others}: ${first.message}. Nothing was changed`,
    { hint: 'Make the pictures readable, or take them out of the library, and run this again: it goes on.' },
  );
}
