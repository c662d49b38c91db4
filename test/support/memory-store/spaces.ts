import assert from 'node:assert/strict';
import type { Embedding, EmbeddingSpace } from '../../../src/domain/embedding.ts';
import type { FrameId } from '../../../src/domain/frame.ts';
import { packEmbedding, unpackEmbedding } from '../../../src/domain/similarity/packed-embedding.ts';
import type {
  ModelChoice,
  Spaces,
  StoredEmbedding,
  VectorReader,
  VectorTable,
} from '../../../src/storage/store.ts';
import { ascending, type MemoryState } from './state.ts';

/** Embedding spaces in memory. Vectors are rounded as on disk. */
export class MemorySpaces implements Spaces {
  readonly #state: MemoryState;

  constructor(state: MemoryState) {
    this.#state = state;
  }

  async list(): Promise<string[]> {
    const { activeSpace, vectors } = this.#state;
    return [
      activeSpace,
      ...Array.from(vectors.keys())
        .filter((id) => id !== activeSpace)
        .sort(),
    ];
  }

  async count(id: string): Promise<number> {
    return this.#vectors(id).size;
  }

  async create(space: EmbeddingSpace): Promise<VectorTable> {
    if (!this.#state.vectors.has(space.id)) this.#state.vectors.set(space.id, new Map());
    const put = async (embedded: readonly StoredEmbedding[]) => {
      for (const { frame, embedding } of embedded)
        if (this.#state.activeVectors.has(frame)) this.#vectors(space.id).set(frame, rounded(embedding));
    };
    return { put, ...this.read(space) };
  }

  read({ id }: EmbeddingSpace): Omit<VectorTable, 'put'> {
    return {
      ...readerOf(() => this.#vectors(id)),
      missing: async (after, count) => this.#missing(id, after).slice(0, count),
    };
  }

  #missing(id: string, after: FrameId): FrameId[] {
    const known = this.#vectors(id);
    return ascending(this.#state.activeVectors.keys()).filter((frame) => frame > after && !known.has(frame));
  }

  async activate({ id }: EmbeddingSpace, choice: ModelChoice | undefined): Promise<void> {
    const [missing] = this.#missing(id, 0 as FrameId);
    assert.equal(missing, undefined, `frame ${missing} has no embedding of ${id}`);
    this.#state.activeSpace = id;
    this.#state.choice = choice;
    for (const { frame, group } of this.#state.frames.values()) this.#state.markUnwritten(group, frame.id);
  }

  async choice(): Promise<ModelChoice | undefined> {
    return this.#state.choice;
  }

  async drop({ id }: EmbeddingSpace): Promise<void> {
    assert.notEqual(id, this.#state.activeSpace, 'the space in use is not dropped');
    this.#state.vectors.delete(id);
  }

  #vectors(id: string): Map<FrameId, Embedding> {
    return this.#state.vectors.get(id) ?? new Map();
  }
}

/** Reads the vectors of a space. */
export function readerOf(vectors: () => ReadonlyMap<FrameId, Embedding>): VectorReader {
  return {
    get: async (frames) => new Map(Array.from(vectors()).filter(([frame]) => frames.includes(frame))),
    page: async (after, count) => {
      const frames = ascending(vectors().keys()).filter((frame) => frame > after);
      return frames.slice(0, count).map((frame) => ({ frame, embedding: vectors().get(frame) as Embedding }));
    },
  };
}

/** Returns the vector with the precision of the disk. */
export function rounded(embedding: Embedding): Embedding {
  return unpackEmbedding(packEmbedding(embedding)) as Embedding;
}
