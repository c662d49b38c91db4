import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Index, MetricKind, ScalarKind } from 'usearch';
import type { Embedding } from '../../../domain/embedding.ts';
import type { FrameId } from '../../../domain/frame.ts';
import type { ScoredFrame } from '../../../domain/similarity/rerank.ts';

// The package's ES module searches its binary relative to the importer and recurses forever. Its CommonJS
// module works.
const usearch: typeof import('usearch') = createRequire(import.meta.url)('usearch');

/** Stored with every saved graph, because a loaded file silently overrides them. */
export const graphSettings = {
  metric: 'cos',
  quantization: 'f16',
  connectivity: 16,
  expansion_add: 128,
  expansion_search: 64,
};

/** Search candidates in a graph of a few thousand vectors: more would not improve results. */
export const smallExpansion = 32;

/** A single thread makes the graph depend on the order of additions alone, bit for bit. */
const threads = 1;

/**
 * A navigable graph of vectors (HNSW, Malkov & Yashunin 2018), the only importer of usearch. Does not
 * validate input: an invalid vector corrupts the graph, a damaged file ends the process. Callers validate
 * first.
 */
export class Graph {
  readonly #index: Index;

  constructor(dimensions: number, expansionSearch = graphSettings.expansion_search) {
    this.#index = new usearch.Index({
      ...graphSettings,
      expansion_search: expansionSearch,
      metric: graphSettings.metric as MetricKind,
      quantization: graphSettings.quantization as ScalarKind,
      dimensions,
      multi: false,
    });
  }

  get size(): number {
    return this.#index.size();
  }

  add(frame: FrameId, vector: Float32Array): void {
    this.#index.add(BigInt(frame), vector, threads);
  }

  has(frame: FrameId): boolean {
    return this.#index.contains(BigInt(frame)) === true;
  }

  /**
   * Returns up to `count` nearest frames with similarity of at least `floor`, most similar first. usearch
   * counts distance; inside framesort there is only similarity.
   */
  search(embedding: Embedding, count: number, floor: number): ScoredFrame[] {
    const { keys, distances } = this.#index.search(embedding, count, threads);
    const near: ScoredFrame[] = [];
    for (let i = 0; i < keys.length; i++) {
      const similarity = 1 - (distances[i] as number);
      if (similarity < floor) break;
      near.push({ frame: Number(keys[i]) as FrameId, similarity });
    }
    return near;
  }

  save(path: string): void {
    this.#index.save(path);
  }

  /** Maps the file for reading; the graph becomes read-only. The file may be unlinked at once. */
  view(path: string): void {
    this.#index.view(path);
  }

  /**
   * Frees the native memory now: the garbage collector does not see the size of the graph. `tempFile` is
   * an unused path; the file is removed again.
   */
  close(tempFile: string): void {
    new Graph(this.#index.dimensions()).save(tempFile);
    this.#index.load(tempFile);
    rmSync(tempFile);
  }
}
