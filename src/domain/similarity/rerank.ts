import { type Embedding, similarity } from '../embedding.ts';
import type { FrameId } from '../frame.ts';

/** A frame that an index found. */
export interface ScoredFrame {
  readonly frame: FrameId;
  readonly similarity: number;
}

/**
 * What an index found by the vectors alone, by all that is known of the pictures: most similar first. Those of which nothing
 * is known any more stay as they were found, behind the others.
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
