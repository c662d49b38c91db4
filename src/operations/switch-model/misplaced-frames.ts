import { type MisplacedFrame, misplacedFrames } from '../../domain/assignment/misplaced.ts';
import type { Embedding, EmbeddingSpace } from '../../domain/embedding.ts';
import type { FrameId } from '../../domain/frame.ts';
import type { GroupId } from '../../domain/group.ts';
import { rerank } from '../../domain/similarity/rerank.ts';
import { openScratchIndex } from '../../storage/open.ts';
import { allEmbeddings, allMemberships, collect } from '../../storage/rows.ts';
import type { StoreReader } from '../../storage/store.ts';

/** Maximum number of compared neighbours. */
const neighboursMax = 64;

/**
 * Returns the frames that would be in another group by the vectors of this space. Leaves out frames that
 * arrive meanwhile.
 */
export async function misplacedFramesIn(
  space: EmbeddingSpace,
  threshold: number,
  store: StoreReader,
): Promise<MisplacedFrame[]> {
  const groupOf = new Map<FrameId, GroupId>();
  for await (const { frame, group } of allMemberships(store)) groupOf.set(frame, group);
  const all = await collect(allEmbeddings(store.spaces.read(space)));
  const graph = openScratchIndex(space);
  for (const { frame, embedding } of all) graph.add(frame, embedding);
  const grouped = all.flatMap((one) => {
    const group = groupOf.get(one.frame);
    return group === undefined ? [] : [{ ...one, group }];
  });
  const known = new Map(all.map(({ frame, embedding }) => [frame, embedding]));
  const near = (embedding: Embedding) =>
    rerank(graph.search(embedding, neighboursMax, -1), embedding, (frame) => known.get(frame));
  return Array.from(misplacedFrames(grouped, near, (frame) => groupOf.get(frame), threshold));
}
