import type { Embedding } from '../../src/domain/embedding.ts';
import type { FrameId } from '../../src/domain/frame.ts';
import type { GroupChange } from '../../src/domain/group-change.ts';
import { allChanges, allEmbeddings, allMemberships, collect } from '../../src/storage/rows.ts';
import type { Membership, StoredEmbedding, StoreReader } from '../../src/storage/store.ts';

/** Whole tables of small stores. */

export function membershipsOf(store: Pick<StoreReader, 'frames'>): Promise<Membership[]> {
  return collect(allMemberships(store));
}

export function changesOf(store: Pick<StoreReader, 'journal'>): Promise<GroupChange[]> {
  return collect(allChanges(store));
}

export function embeddingsOf({ vectors }: Pick<StoreReader, 'vectors'>): Promise<StoredEmbedding[]> {
  return collect(allEmbeddings(vectors));
}

export async function embeddingOf(
  { vectors }: Pick<StoreReader, 'vectors'>,
  frame: FrameId,
): Promise<Embedding | undefined> {
  return (await vectors.get([frame])).get(frame);
}
