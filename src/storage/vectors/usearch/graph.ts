import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Index, MetricKind, ScalarKind } from 'usearch';
import type { Embedding } from '../../../domain/embedding.ts';
import type { FrameId } from '../../../domain/frame.ts';
import type { ScoredFrame } from '../../../domain/similarity/rerank.ts';

// The package's ES module looks for its binary relative to the importer and recurses for ever; its CommonJS one works.
const usearch: typeof import('usearch') = createRequire(import.meta.url)('usearch');

/** Kept beside every saved graph, since a loaded file silently brings its own. */
export const graphSettings = {
  metric: 'cos',
  quantization: 'f16',
  connectivity: 16,
  expansion_add: 128,
  expansion_search: 64,
};

/** Candidates that a search keeps in a graph of a few thousand vectors: more would find nothing else. */
export const smallExpansion = 32;

/** One thread: a graph then depends on the order of additions alone, bit for bit. */
const threads = 1;

/**
 * One navigable graph of vectors (HNSW, Malkov & Yashunin 2018), the only door to usearch. It trusts what it is given:
 * a vector that is none, or a damaged file, spoils it or ends the process; those who call look first.
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
   * Those of its `count` nearest that are at least as similar as `floor`, most similar first. usearch counts distance;
   * inside framesort there is only similarity.
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

  /** Reads from the file as it is needed; the graph can't grow. The file's name may be removed at once. */
  view(path: string): void {
    this.#index.view(path);
  }

  /**
   * Gives the memory back now: the collector doesn't see how much hangs on so small an object. `passingFile` is a path
   * where nothing stands, nor will afterwards.
   */
  close(passingFile: string): void {
    new Graph(this.#index.dimensions()).save(passingFile);
    this.#index.load(passingFile);
    rmSync(passingFile);
  }
}
