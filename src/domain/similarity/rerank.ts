import { type Embedding, similarity } from '../embedding.ts';
import type { FrameId } from '../frame.ts';

/** A search result of an index. */
export interface ScoredFrame {
  readonly frame: FrameId;
  readonly similarity: number;
}

/**
 * Re-ranks search results by the full similarity, including cells. Most similar first. Frames without a
 * stored embedding follow, unchanged.
 */
export function rerank(
  near: readonly ScoredFrame[],
  embedding: Embedding,
  embeddingOf: (frame: FrameId) => Embedding | undefined,
): readonly ScoredFrame[] {
  if (embedding.cells === undefined) return near;
  const [known, others]: [ScoredFrame[], ScoredFrame[]] = [[], []];
  for (const one of near) {
    const other = embeddingOf(one.frame);
    if (other === undefined) others.push(one);
    else known.push({ frame: one.frame, similarity: similarity(embedding, other) });
  }
  known.sort((a, b) => b.similarity - a.similarity || a.frame - b.frame);
  return [...known, ...others];
}
