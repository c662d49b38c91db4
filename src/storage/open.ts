import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { EmbeddingSpace } from '../domain/embedding.ts';
import type { FrameId } from '../domain/frame.ts';
import { acquireLock, type Lock, lockHolder } from '../lib/fs/flock.ts';
import { LibraryState, trackMembership } from './library-state.ts';
import { copyStore, openLmdbStore, openStoreAsItIs, openStoreReader } from './lmdb/lmdb-store.ts';
import type { MembershipReader } from './membership-cache.ts';
import type { Store, StoreReader } from './store.ts';
import { Graph } from './vectors/usearch/graph.ts';
import type { VectorSource } from './vectors/usearch/merge.ts';
import { SegmentStore } from './vectors/usearch/segment-store.ts';
import { openUsearchIndex } from './vectors/usearch/usearch-index.ts';
import type { PersistentIndex } from './vectors/vector-index.ts';

export { LibraryState };

/** The part of a model known to the state: the space of its embeddings. */
interface HasSpace {
  readonly space: EmbeddingSpace;
}

/** Opens store, membership and index of a state folder, in agreement with each other. */
export async function openState(
  state: string,
  { space }: HasSpace,
  guard: (store: Store) => Store = (store) => store,
): Promise<LibraryState> {
  const store = guard(await openStore(state, space));
  try {
    const tracked = await trackMembership(store);
    return new LibraryState(tracked, await openIndex(state, space, store, tracked.membership));
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Makes this process the owner of a state. Throws FatalError if another process owns the state. */
export function acquireState(state: string): Lock {
  return acquireLock(state);
}

/** Returns the pid of the owner of a state; undefined without an owner. */
export function ownerOf(state: string): number | undefined {
  return lockHolder(state);
}

/** Whether the state folder has a store. */
export function storeExists(state: string): boolean {
  return existsSync(storeFile(state));
}

/** Returns the size of a state's store on disk, bytes. */
export function storeBytes(state: string): number {
  return statSync(storeFile(state)).size;
}

function storeFile(state: string): string {
  return join(state, 'store', 'data.mdb');
}

/** Opens a store without an index. Creates a missing store. */
export function openStore(state: string, space: EmbeddingSpace): Promise<Store> {
  return openLmdbStore({ folder: join(state, 'store'), space });
}

/** Opens the store of a state for reading. A daemon may work on the store meanwhile. */
export async function openReader(state: string): Promise<StoreReader & { close(): Promise<void> }> {
  return openStoreReader(join(state, 'store'));
}

/** Opens the store of a state, of any space. */
export function openExistingStore(state: string): Promise<Store> {
  return openStoreAsItIs(join(state, 'store'));
}

/**
 * Copies the store of a state into another state, as of one moment. A daemon may work on the store meanwhile.
 */
export async function copyStoreOf(state: string, target: string): Promise<void> {
  mkdirSync(join(target, 'store'), { recursive: true });
  await copyStore(join(state, 'store'), join(target, 'store'));
}

/** `source`: the vectors of the space; by default the vectors in use. */
export function openIndex(
  state: string,
  space: EmbeddingSpace,
  store: Store,
  membership: MembershipReader,
  source: VectorSource = store.vectors,
): Promise<PersistentIndex> {
  const segments = new SegmentStore(store.segments, join(state, 'tmp'), space);
  const known = (after: FrameId, last: FrameId) => membership.countBetween(after, last);
  return openUsearchIndex({ space, segments, source, known });
}

/** Opens an empty index in memory only. */
export function openScratchIndex({ dimensions }: EmbeddingSpace): Graph {
  return new Graph(dimensions);
}

/** Deletes the saved index. The next opening rebuilds the index from the store. */
export async function dropIndex(state: string, { space }: HasSpace): Promise<void> {
  const store = await openStore(state, space);
  await new SegmentStore(store.segments, join(state, 'tmp'), space).dropAll();
  await store.close();
}

export function closeState(state: LibraryState): Promise<void> {
  return state.close();
}
