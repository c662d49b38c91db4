import type { LibrarySnapshot } from '../../domain/consolidation/consolidate.ts';
import type { FrameFeatures, LibraryAnswers } from '../../domain/consolidation/questions.ts';
import type { FrameId } from '../../domain/frame.ts';
import type { GroupId } from '../../domain/group.ts';
import { rerank } from '../../domain/similarity/rerank.ts';
import type { LibraryState } from '../../storage/open.ts';
import type { Store } from '../../storage/store.ts';

/** Sampled frames, to measure the usual crowding. */
const sampleMax = 256;

/**
 * Takes a lazy snapshot of the library for a consolidation. Each value is read once and stays fixed, whatever
 * arrives meanwhile.
 */
export async function takeSnapshot(
  { store, membership, index }: LibraryState,
  others: Pick<LibraryAnswers, 'editedGroups' | 'sharedKeypoints'>,
): Promise<LibrarySnapshot & LibraryAnswers> {
  const { frame: last } = await store.last();
  return {
    groupOf: cached((frame: FrameId) => membership.groupOf(frame)),
    members: cached((group: GroupId) => [...membership.members(group)]),
    features: (frames) => featuresOf(frames, store),
    neighbours: async (frame, count) => {
      const embedding = (await store.vectors.get([frame])).get(frame);
      if (embedding === undefined) return [];
      const found = await index.search(embedding, count + 1);
      const embeddings = await store.vectors.get(found.map((one) => one.frame));
      const near = rerank(found, embedding, (one) => embeddings.get(one));
      return near.filter((one) => one.frame !== frame).slice(0, count);
    },
    ...others,
    sample: spread(last).filter((frame) => membership.groupOf(frame) !== undefined),
  };
}

async function featuresOf(
  frames: readonly FrameId[],
  { vectors, frames: records }: Store,
): Promise<ReadonlyMap<FrameId, FrameFeatures>> {
  const [embeddings, filed] = await Promise.all([vectors.get(frames), records.getMany(frames)]);
  const features = new Map<FrameId, FrameFeatures>();
  for (const [id, { frame }] of filed) {
    const embedding = embeddings.get(id);
    if (embedding !== undefined) features.set(id, { embedding, captured: frame.captured });
  }
  return features;
}

function spread(last: FrameId): FrameId[] {
  const count = Math.min(sampleMax, last);
  return Array.from({ length: count }, (_, at) => (1 + Math.floor((at * last) / count)) as FrameId);
}

function cached<K, V>(find: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    if (!known.has(key)) known.set(key, find(key));
    return known.get(key) as V;
  };
}
