import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { EmbeddingSpace } from '../domain/embedding.ts';
import type { FrameId } from '../domain/frame.ts';
import { LibraryState, trackMembership } from './library-state.ts';
import { copyStore, openLmdbStore, openStoreAsItIs } from './lmdb/lmdb-store.ts';
import type { MembershipReader } from './membership-cache.ts';
import type { Store } from './store.ts';
import type { VectorSource } from './vectors/usearch/merge.ts';
import { SegmentStore } from './vectors/usearch/segment-store.ts';
import { openUsearchIndex, type UsearchIndex } from './vectors/usearch/usearch-index.ts';

export { LibraryState };

/** A model, as far as the state knows models: the space of its embeddings. */
interface HasSpace {
  readonly space: EmbeddingSpace;
}

/** Opens store, membership and index of a state folder, in agreement with each other. */
export async function openState(
  state: string,
  { space }: HasSpace,
  guard: (store: Store) => Store = (store) => store,
): Promise<LibraryState> {
  const store = guard(openLmdbStore({ folder: join(state, 'store'), space }));
  try {
    const tracked = trackMembership(store);
    return new LibraryState(tracked, await openIndex(state, space, store, tracked.membership));
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Whether the state folder has a store. */
export function storeExists(state: string): boolean {
  return existsSync(join(state, 'store', 'data.mdb'));
}

/** Opens the store of a state, whatever space its decisions use. */
export function openExistingStore(state: string): Store {
  return openStoreAsItIs(join(state, 'store'));
}

/** Copies the store of a state into another state, as of one moment. A daemon may work on it meanwhile. */
export async function copyStoreOf(state: string, target: string): Promise<void> {
  mkdirSync(join(target, 'store'), { recursive: true });
  await copyStore(join(state, 'store'), join(target, 'store'));
}

/** `source`: the vectors of the space; those that decisions use, unless it is another one. */
export function openIndex(
  state: string,
  space: EmbeddingSpace,
  store: Store,
  membership: MembershipReader,
  source: VectorSource = store,
): Promise<UsearchIndex> {
  const segments = new SegmentStore(store.blobs, join(state, 'tmp'), space);
  const known = (after: FrameId, last: FrameId) => membership.countBetween(after, last);
  return openUsearchIndex({ space, segments, source, known });
}

/** Throws the saved index away; the next opening builds it from the store. */
export async function dropIndex(state: string, { space }: HasSpace): Promise<void> {
  const store = openLmdbStore({ folder: join(state, 'store'), space });
  await new SegmentStore(store.blobs, join(state, 'tmp'), space).dropAll();
  await store.close();
}

export function closeState(state: LibraryState): Promise<void> {
  return state.close();
}
