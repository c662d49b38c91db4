import type { Embedding, EmbeddingSpace } from '../../domain/embedding.ts';
import type { Pixels } from '../../domain/pixels.ts';

/** Turns pixels into embeddings of one space. */
export interface Embedder {
  readonly space: EmbeddingSpace;
  /** Concurrent calls are gathered into batches. The result does not depend on the batch. */
  embed(pixels: Pixels): Promise<Embedding>;
  /** Waits for running calls, then frees the sessions. */
  close(): Promise<void>;
}
