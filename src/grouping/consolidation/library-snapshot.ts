import type { LibrarySnapshot } from '../../domain/consolidation/consolidate.ts';
import type { FrameId } from '../../domain/frame.ts';
import type { GroupId } from '../../domain/group.ts';
import { rerank } from '../../domain/similarity/rerank.ts';
import type { LibraryState } from '../../storage/open.ts';

/** Sampled frames, to measure the usual crowding. */
const sampleMax = 256;

/**
 * Takes a lazy snapshot of the library for a consolidation. Each value is read once and stays fixed, whatever
 * arrives meanwhile.
 */
export function takeSnapshot({ store, membership, index }: LibraryState): LibrarySnapshot {
  const featuresOf = cached((frame: FrameId) => {
    const [embedding, filing] = [store.embedding(frame), store.filing(frame)];
    return embedding && filing && { embedding, captured: filing.frame.captured };
  });
  return {
    groupOf: cached((frame: FrameId) => membership.groupOf(frame)),
    members: cached((group: GroupId) => [...membership.members(group)]),
    featuresOf,
    near: (frame, count) => {
      const embedding = featuresOf(frame)?.embedding;
      if (embedding === undefined) return [];
      const found = index.search(embedding, count + 1);
      const near = rerank(found, embedding, (one) => store.embedding(one));
      return near.filter((one) => one.frame !== frame).slice(0, count);
    },
    sample: spread(store.last().frame).filter((frame) => membership.groupOf(frame) !== undefined),
  };
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
