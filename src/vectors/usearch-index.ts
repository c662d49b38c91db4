import { createRequire } from 'node:module';
import type { Index, MetricKind, ScalarKind } from 'usearch';
import { assertEmbedding, type Embedding, type EmbeddingSpace } from '../domain/embedding.ts';
import type { FrameId } from '../domain/frame.ts';
import { assert } from '../lib/assert.ts';
import type { SegmentStore } from './segment-store.ts';
import type { Near, VectorIndex } from './vector-index.ts';

// The package's ES module looks for its binary relative to the importer and recurses for ever; its CommonJS one works.
const usearch: typeof import('usearch') = createRequire(import.meta.url)('usearch');

/** Frames in one segment. A full one is sealed: written once and never again. */
const segmentFramesMax = 2 ** 17;

/** Written beside every segment, since a loaded file silently brings its own. */
const settings = {
  metric: 'cos',
  quantization: 'f16',
  connectivity: 16,
  expansion_add: 128,
  expansion_search: 128,
};

/** One thread: results then depend on the order of additions alone. */
const threads = 1;

interface Segment {
  readonly id: number;
  readonly index: Index;
  frames: number;
  lastFrame: FrameId;
}

export interface Source {
  /** In order of arrival, those after `after`. */
  embeddings(after: FrameId): Iterable<{ readonly frame: FrameId; readonly embedding: Embedding }>;
}

/**
 * An approximate index (HNSW, Malkov & Yashunin 2018) of sealed segments and one that grows. Opened from the segments
 * that were saved whole; what came after them is added from `source`, the truth.
 */
export function openUsearchIndex(space: EmbeddingSpace, saved: SegmentStore, source: Source): UsearchIndex {
  const index = new UsearchIndex(space, saved);
  index.restore();
  for (const { frame, embedding } of source.embeddings(index.lastFrame)) index.add(frame, embedding);
  return index;
}

export class UsearchIndex implements VectorIndex {
  readonly #space: EmbeddingSpace;
  readonly #saved: SegmentStore;
  readonly #segments: Segment[] = [];
  /** Frames that came out of saved segments; the rest was added from the store. */
  restored = 0;
  #unsaved = 0;

  constructor(space: EmbeddingSpace, saved: SegmentStore) {
    this.#space = space;
    this.#saved = saved;
  }

  get size(): number {
    return this.#segments.reduce((sum, { frames }) => sum + frames, 0);
  }

  /** Added since the last checkpoint. */
  get unsaved(): number {
    return this.#unsaved;
  }

  get lastFrame(): FrameId {
    return this.#segments.at(-1)?.lastFrame ?? (0 as FrameId);
  }

  has(frame: FrameId): boolean {
    return this.#segments.some(({ index }) => index.contains(BigInt(frame)) === true);
  }

  restore(): void {
    for (const { id, frames, lastFrame } of this.#saved.list(this.#identity())) {
      const index = this.#newIndex();
      const isFull = frames >= segmentFramesMax;
      const isWhole = this.#saved.load(id, (path) => (isFull ? index.view(path) : index.load(path)));
      // Later segments would leave a gap behind a damaged one: all that follows is built again.
      if (!isWhole || index.size() !== frames) return this.#saved.dropFrom(id);
      this.#segments.push({ id, index, frames, lastFrame });
      this.restored += frames;
    }
  }

  add(frame: FrameId, embedding: Embedding): void {
    assertEmbedding(embedding, this.#space);
    assert(frame > this.lastFrame, `frame ${frame} comes after ${this.lastFrame}`);
    const segment = this.#growing();
    segment.index.add(BigInt(frame), embedding, threads);
    segment.frames++;
    segment.lastFrame = frame;
    this.#unsaved++;
    if (segment.frames === segmentFramesMax) this.checkpoint();
  }

  search(embedding: Embedding, count: number): Near[] {
    assertEmbedding(embedding, this.#space);
    const near = this.#segments.flatMap(({ index }) => searchOne(index, embedding, count));
    return near.sort((a, b) => b.similarity - a.similarity || a.frame - b.frame).slice(0, count);
  }

  checkpoint(): void {
    const segment = this.#segments.at(-1);
    if (segment === undefined || this.#unsaved === 0) return;
    const { id, frames, lastFrame } = segment;
    this.#saved.save({ id, frames, lastFrame, identity: this.#identity() }, (path) =>
      segment.index.save(path),
    );
    this.#unsaved = 0;
  }

  #growing(): Segment {
    const last = this.#segments.at(-1);
    if (last !== undefined && last.frames < segmentFramesMax) return last;
    const next = { id: (last?.id ?? 0) + 1, index: this.#newIndex(), frames: 0, lastFrame: this.lastFrame };
    this.#segments.push(next);
    return next;
  }

  #newIndex(): Index {
    return new usearch.Index({
      ...settings,
      metric: settings.metric as MetricKind,
      quantization: settings.quantization as ScalarKind,
      dimensions: this.#space.dimensions,
      multi: false,
    });
  }

  #identity(): string {
    return JSON.stringify({ space: this.#space.id, ...settings });
  }
}

/** usearch counts distance; inside framesort there is only similarity. */
function searchOne(index: Index, embedding: Embedding, count: number): Near[] {
  const { keys, distances } = index.search(embedding, count, threads);
  return Array.from(keys, (key, i) => ({
    frame: Number(key) as FrameId,
    similarity: 1 - (distances[i] as number),
  }));
}
