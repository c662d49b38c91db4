import assert from 'node:assert/strict';
import type { Embedding, EmbeddingSpace } from '../../../src/domain/embedding.ts';
import type { FrameId } from '../../../src/domain/frame.ts';
import { packEmbedding, unpackEmbedding } from '../../../src/domain/similarity/packed-embedding.ts';
import type { ModelChoice, Spaces, StoredEmbedding, VectorTable } from '../../../src/storage/store.ts';
import { ascending, type MemoryState } from './state.ts';

/** Embedding spaces in memory. Vectors are rounded as on disk. */
export class MemorySpaces implements Spaces {
  readonly #state: MemoryState;

  constructor(state: MemoryState) {
    this.#state = state;
  }

  list(): string[] {
    const { activeSpace, vectors } = this.#state;
    return [
      activeSpace,
      ...Array.from(vectors.keys())
        .filter((id) => id !== activeSpace)
        .sort(),
    ];
  }

  count(id: string): number {
    return this.#vectors(id).size;
  }

  create(space: EmbeddingSpace): VectorTable {
    if (!this.#state.vectors.has(space.id)) this.#state.vectors.set(space.id, new Map());
    const put = (embedded: readonly StoredEmbedding[]) => {
      for (const { frame, embedding } of embedded)
        if (this.#state.activeVectors.has(frame)) this.#vectors(space.id).set(frame, rounded(embedding));
    };
    return { put, ...this.read(space) };
  }

  read({ id }: EmbeddingSpace): Pick<VectorTable, 'missing' | 'embeddings'> {
    return {
      missing: (after, count) => this.#missing(id, after).slice(0, count),
      embeddings: (after) => embeddingsAfter(this.#vectors(id), after),
    };
  }

  #missing(id: string, after: FrameId): FrameId[] {
    const known = this.#vectors(id);
    return ascending(this.#state.activeVectors.keys()).filter((frame) => frame > after && !known.has(frame));
  }

  activate({ id }: EmbeddingSpace, choice: ModelChoice | undefined): void {
    const [missing] = this.#missing(id, 0 as FrameId);
    assert.equal(missing, undefined, `frame ${missing} has no embedding of ${id}`);
    this.#state.activeSpace = id;
    this.#state.choice = choice;
    for (const { frame, group } of this.#state.frames.values()) this.#state.markUnwritten(group, frame.id);
  }

  get choice(): ModelChoice | undefined {
    return this.#state.choice;
  }

  drop({ id }: EmbeddingSpace): void {
    assert.notEqual(id, this.#state.activeSpace, 'the space in use is not dropped');
    this.#state.vectors.delete(id);
  }

  #vectors(id: string): Map<FrameId, Embedding> {
    return this.#state.vectors.get(id) ?? new Map();
  }
}

export function embeddingsAfter(vectors: ReadonlyMap<FrameId, Embedding>, after: FrameId): StoredEmbedding[] {
  const frames = ascending(vectors.keys()).filter((frame) => frame > after);
  return frames.map((frame) => ({ frame, embedding: vectors.get(frame) as Embedding }));
}

/** Returns the vector with the precision of the disk. */
export function rounded(embedding: Embedding): Embedding {
  return unpackEmbedding(packEmbedding(embedding)) as Embedding;
}
