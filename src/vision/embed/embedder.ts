import type { Embedding, EmbeddingSpace } from '../../domain/embedding.ts';
import type { Pixels } from '../../domain/pixels.ts';

/** Turns pixels into embeddings of one space. */
export interface Embedder {
  readonly space: EmbeddingSpace;
  /** Many calls may be under way at once; they are gathered into batches. The answer does not depend on the batch. */
  embed(pixels: Pixels): Promise<Embedding>;
  /** Lets what is under way finish, then frees the sessions. */
  close(): Promise<void>;
}
