import { cosine, type Embedding } from '../../domain/embedding.ts';
import type { ScoredFrame } from '../../domain/similarity/rerank.ts';
import type { StoredEmbedding } from '../store.ts';
import type { VectorIndex } from './vector-index.ts';

/** Compares every frame. Exact and in memory, for measurements and small sets. */
export class ExactIndex implements VectorIndex {
  readonly #frames: StoredEmbedding[] = [];

  get size(): number {
    return this.#frames.length;
  }

  async add(batch: readonly StoredEmbedding[]): Promise<void> {
    this.#frames.push(...batch);
  }

  async search(embedding: Embedding, count: number): Promise<readonly ScoredFrame[]> {
    const near = this.#frames.map((known) => ({
      frame: known.frame,
      similarity: cosine(embedding, known.embedding),
    }));
    return near.sort((a, b) => b.similarity - a.similarity || a.frame - b.frame).slice(0, count);
  }

  async onCommitted(): Promise<void> {}
}
