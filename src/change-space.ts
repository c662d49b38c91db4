import { join } from 'node:path';
import type { Embedding, EmbeddingSpace } from './domain/embedding.ts';
import type { FrameId } from './domain/frame.ts';
import type { GroupId } from './domain/group.ts';
import { type Misfit, misfits } from './domain/misfits.ts';
import { mapInOrder } from './lib/async-iteration.ts';
import { BufferPool } from './lib/buffer-pool.ts';
import { messageOf } from './lib/errors.ts';
import type { Files } from './lib/files.ts';
import type { Embedded, Filing, Shelf, Store } from './store/store.ts';
import { Graph } from './vectors/graph.ts';
import type { Eyes } from './workshop.ts';

/** What it takes to bring a library to another embedding space: its vectors, and what they would change. */

export interface ChangeParts {
  readonly store: Store;
  readonly library: string;
  readonly files: Files;
  /** Those of the space to come. */
  readonly eyes: Pick<Eyes, 'decoder' | 'embedder' | 'model' | 'concurrency'>;
  /** Looks what a person did in the library since the daemon looked last. */
  readonly reconcile: () => Promise<unknown>;
}

export interface Unreadable {
  readonly path: string;
  readonly message: string;
}

export interface Filled {
  /** Pictures that were embedded now. */
  readonly embedded: number;
  /** Pictures that could not be: they have no vector in the new space. */
  readonly unreadable: readonly Unreadable[];
}

/** Frames that one transaction holds: what a kill costs at the most. */
const batchMax = 64;

/**
 * Embeds every frame that has no vector yet in the eyes' space, beside the vectors that decisions use. What was done is
 * kept, however it ends: the next call goes on from there. What can't be read is looked for where a person put it.
 */
export async function fillSpace(
  parts: ChangeParts,
  signal: AbortSignal,
  onEmbedded: (frames: number) => void = () => {},
): Promise<Filled> {
  const first = await fillOnce(parts, signal, onEmbedded);
  if (first.unreadable.length === 0 || signal.aborted) return first;
  for (let look = 0; look < 2; look++) await parts.reconcile(); // what is missing at both looks is gone
  const { embedded, unreadable } = await fillOnce(parts, signal, onEmbedded);
  return { embedded: first.embedded + embedded, unreadable };
}

async function fillOnce(
  parts: ChangeParts,
  signal: AbortSignal,
  onEmbedded: (frames: number) => void,
): Promise<Filled> {
  const shelf = parts.store.spaces.beside(parts.eyes.model.space);
  const buffers = new BufferPool();
  const unreadable: Unreadable[] = [];
  let embedded = 0;
  let batch: Embedded[] = [];
  const keep = () => {
    shelf.put(batch);
    embedded += batch.length;
    onEmbedded(batch.length);
    batch = [];
  };
  const looking = mapInOrder(
    missing(shelf, signal),
    (frame) => look(frame, parts, buffers),
    parts.eyes.concurrency,
  );
  for await (const looked of looking) {
    if ('message' in looked) unreadable.push(looked);
    else batch.push(looked);
    if (batch.length >= batchMax) keep();
  }
  keep();
  return { embedded, unreadable };
}

async function* missing(shelf: Shelf, signal: AbortSignal): AsyncGenerator<FrameId> {
  let after = 0 as FrameId;
  for (;;) {
    const frames = shelf.missing(after, batchMax);
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
  { store, library, files, eyes }: ChangeParts,
  buffers: BufferPool,
): Promise<Embedded | Unreadable> {
  const filing = store.filing(frame);
  const path = filing === undefined ? '' : pathOf(filing, library);
  try {
    const embedding = await buffers.lend(async (room): Promise<Embedding> => {
      const { bytes } = await files.read(path, room);
      const { pixels } = await eyes.decoder.decode(bytes, eyes.model.descriptor.input);
      return eyes.embedder.embed(pixels);
    });
    return { frame, embedding };
  } catch (error) {
    return { path, message: messageOf(error) };
  }
}

/** A link in the library is not followed: what it was made for is read. */
function pathOf({ frame, placement }: Filing, library: string): string {
  const isInLibrary = placement.state === 'placed' && placement.mode !== 'symlink';
  return isInLibrary ? join(library, placement.folder, placement.name) : frame.source;
}

/** Most similar frames that are looked at. */
const neighboursMax = 64;

/** The frames that would be in another group by the vectors of a space in which none is missing. */
export function misfitsIn(space: EmbeddingSpace, threshold: number, store: Store): Misfit[] {
  const groupOf = new Map<FrameId, GroupId>();
  for (const { frame, group } of store.memberships()) groupOf.set(frame, group);
  const all = Array.from(store.spaces.beside(space).embeddings(0 as FrameId));
  const graph = new Graph(space.dimensions);
  for (const { frame, embedding } of all) graph.add(frame, embedding);
  const grouped = all.map((one) => ({ ...one, group: groupOf.get(one.frame) as GroupId }));
  const near = (embedding: Embedding) => graph.search(embedding, neighboursMax, -1);
  return Array.from(misfits(grouped, near, (frame) => groupOf.get(frame), threshold));
}
