import type { Embedding } from '../../domain/embedding.ts';
import type { FrameId } from '../../domain/frame.ts';
import type { ScoredFrame } from '../../domain/similarity/rerank.ts';
import type { StoredEmbedding } from '../store.ts';

/** Searches embeddings by the cosine of their vectors. Derived from the store: can be rebuilt at any time. */
export interface VectorIndex {
  readonly size: number;
  /** Adds frames in their order. Ids must rise, within a call and from call to call. */
  add(batch: readonly StoredEmbedding[]): Promise<void>;
  /**
   * Returns up to `count` frames, most similar first, including forgotten frames. Returns none if the index
   * is empty.
   */
  search(embedding: Embedding, count: number): Promise<readonly ScoredFrame[]>;
  /**
   * Reports that the store holds all added frames. Resolves at once, unless background work is so late that
   * search results would depend on it.
   */
  onCommitted(): Promise<void>;
}

/** An index saved in the state, for the owner of the state. */
export interface PersistentIndex extends VectorIndex {
  has(frame: FrameId): Promise<boolean>;
  /** Saves all finished parts. Throws TransientError if the disk refuses. */
  flush(): Promise<void>;
  close(): Promise<void>;
}
