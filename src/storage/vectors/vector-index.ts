import type { Embedding } from '../../domain/embedding.ts';
import type { FrameId } from '../../domain/frame.ts';
import type { ScoredFrame } from '../../domain/similarity/rerank.ts';

/** Embeddings by the cosine of their vectors. Derived from the store: it may be thrown away and built again at any time. */
export interface VectorIndex {
  readonly size: number;
  /** Ids rise from one call to the next. */
  add(frame: FrameId, embedding: Embedding): void;
  /** Up to `count` frames, most similar first, forgotten ones included; none if nothing was added. */
  search(embedding: Embedding, count: number): ScoredFrame[];
  /**
   * The store holds all that was added: it may be saved now. Resolves at once, unless work behind the index is so late
   * that what is found would depend on it.
   */
  onCommitted(): Promise<void>;
}
