import { setImmediate as turn } from 'node:timers/promises';
import { assertEmbedding, type Embedding, type EmbeddingSpace } from '../../../domain/embedding.ts';
import type { FrameId } from '../../../domain/frame.ts';
import type { ScoredFrame } from '../../../domain/similarity/rerank.ts';
import { assert } from '../../../lib/assert.ts';
import { type Clock, systemClock } from '../../../lib/async/clock.ts';
import type { StoredEmbedding } from '../../store.ts';
import type { PersistentIndex } from '../vector-index.ts';
import { Graph, graphSettings, smallExpansion } from './graph.ts';
import { loadSegments, openView, type Segment } from './load-segments.ts';
import type { VectorSource } from './merge.ts';
import { type Fresh, SegmentMaintenance } from './segment-maintenance.ts';
import { blocksAt, endOf, keyOf, type SegmentBlock, type SegmentLayout } from './segment-plan.ts';
import type { SegmentStore } from './segment-store.ts';

export interface IndexParts {
  readonly space: EmbeddingSpace;
  readonly segments: SegmentStore;
  /** The stored embeddings, the source of truth. */
  readonly source: VectorSource;
  /** Number of known frames after `after`, up to and including `last`. */
  readonly known: (after: FrameId, last: FrameId) => number;
  readonly layout?: SegmentLayout;
  readonly clock?: Clock;
}

/** Seals at 4,096 frames, re-added within a second at the start. Merges to 32,768 and 131,072 frames. */
export const defaultLayout: SegmentLayout = {
  sealFrames: 4_096,
  levels: [
    { seals: 1, lag: 0 },
    { seals: 8, lag: 2 },
    { seals: 32, lag: 8 },
  ],
};

/** Frames added at the start between two turns of the event loop. */
const addedAtOnce = 1_024;

/** Rebuilds a segment if less than this share of its frames is left. */
const keptShareMin = 0.5;

/** The growing segment. Never saved; rebuilt at the next start. */
interface Growing {
  readonly graph: Graph;
  readonly after: FrameId;
  last: FrameId;
  frames: number;
}

/**
 * Opens the index from its saved segments. Rebuilds damaged segments from the source, and adds the frames
 * after the last segment.
 */
export async function openUsearchIndex(parts: IndexParts): Promise<UsearchIndex> {
  const index = new UsearchIndex(parts);
  await index.load();
  return index;
}

/**
 * An approximate index of sealed segments and one growing segment. The number of added frames alone
 * determines the segments (see segment-plan.ts), and the order of the frames determines their contents.
 */
export class UsearchIndex implements PersistentIndex {
  readonly #parts: IndexParts;
  readonly #layout: SegmentLayout;
  readonly #maintenance: SegmentMaintenance;
  readonly #identity: string;
  /** Oldest first, without gaps. */
  #sealed: Segment[] = [];
  #unsaved: Segment[] = [];
  #replaced: SegmentBlock[] = [];
  #growing: Growing;
  /** Frames loaded from saved segments; the rest was added from the source. */
  loaded = 0;

  constructor(parts: IndexParts) {
    const { space, segments, source, layout = defaultLayout, clock = systemClock } = parts;
    this.#parts = parts;
    this.#layout = layout;
    this.#identity = JSON.stringify({ space: space.id, ...graphSettings, ...layout });
    const { dimensions } = space;
    this.#maintenance = new SegmentMaintenance({
      segments,
      source,
      layout,
      dimensions,
      identity: this.#identity,
      clock,
    });
    this.#growing = this.#newGrowing(0 as FrameId);
  }

  get size(): number {
    return this.#sealed.reduce((sum, { facts }) => sum + facts.frames, this.#growing.frames);
  }

  /** Number of searched segments. */
  get segments(): number {
    return this.#sealed.length + 1;
  }

  /** Bytes of the segments in the store, and bytes ever written by this index. */
  async saved(): Promise<{ readonly bytes: number; readonly writtenBytes: number }> {
    const { segments } = this.#parts;
    return { bytes: await segments.heldBytes(), writtenBytes: segments.writtenBytes };
  }

  async has(frame: FrameId): Promise<boolean> {
    return this.#graphs().some((graph) => graph.has(frame));
  }

  async add(batch: readonly StoredEmbedding[]): Promise<void> {
    for (const one of batch) this.#add(one);
  }

  #add({ frame, embedding }: StoredEmbedding): void {
    assertEmbedding(embedding, this.#parts.space);
    const growing = this.#growing;
    assert(frame > growing.last, `frame ${frame} was added after frame ${growing.last}`);
    growing.graph.add(frame, embedding);
    growing.frames++;
    growing.last = frame;
    if (growing.frames === this.#layout.sealFrames) this.#seal();
  }

  async search(embedding: Embedding, count: number): Promise<readonly ScoredFrame[]> {
    assertEmbedding(embedding, this.#parts.space);
    let nearest: ScoredFrame[] = [];
    // Newest first: new frames are often the most similar, and raise the floor for older segments.
    for (const graph of this.#graphs().reverse()) {
      const floor =
        nearest.length < count ? Number.NEGATIVE_INFINITY : (nearest.at(-1) as ScoredFrame).similarity;
      nearest = nearestOf(nearest, graph.search(embedding, count, floor), count);
    }
    return nearest;
  }

  async onCommitted(): Promise<void> {
    for (const { facts, graph } of this.#unsaved) this.#maintenance.save(facts, graph as Graph);
    this.#unsaved = [];
    // Deletes only now: the replacements are due by saved seals.
    if (this.#replaced.length > 0) this.#maintenance.drop(this.#replaced);
    this.#replaced = [];
    // Waits in the last eighth before a seal: fewer frames than this are added between two calls.
    const isSealNear = this.#growing.frames >= (7 / 8) * this.#layout.sealFrames;
    if (isSealNear) await this.#maintenance.ready(this.#seals + 1);
    this.#maintenance.resume();
  }

  /** Saves and merges everything due. */
  async flush(): Promise<void> {
    await this.onCommitted();
    await this.#maintenance.flush();
  }

  async close(): Promise<void> {
    await this.#maintenance.close();
    this.#close(this.#sealed);
  }

  /** Loads the saved segments, then adds later frames. Called once, first. */
  async load(): Promise<void> {
    const { segments, source, space } = this.#parts;
    const [identity, layout] = [this.#identity, this.#layout];
    const loaded = await loadSegments({
      segments,
      source,
      layout,
      identity,
      dimensions: space.dimensions,
    });
    this.#sealed = loaded.searched;
    for (const { facts, fresh } of loaded.saved) this.#maintenance.register(facts, fresh);
    this.loaded = this.size;
    this.#growing = this.#newGrowing(this.#sealed.at(-1)?.facts.last ?? (0 as FrameId));
    let page: readonly StoredEmbedding[];
    do {
      page = await source.page(this.#growing.last, addedAtOnce);
      for (const one of page) this.#add(one);
      await turn(); // signals are handled in between
    } while (page.length > 0);
    this.#refreshForgotten();
  }

  get #seals(): number {
    const last = this.#sealed.at(-1);
    return last === undefined ? 0 : endOf(last.facts, this.#layout);
  }

  #seal(): void {
    const { graph, after, last, frames } = this.#growing;
    const segment = { facts: { level: 0, start: this.#seals, after, last, frames }, graph };
    this.#sealed.push(segment);
    this.#unsaved.push(segment);
    this.#growing = this.#newGrowing(last);
    this.#replaceMerged();
    this.#refreshForgotten();
  }

  /** Replaces merged parts by their due segments. */
  #replaceMerged(): void {
    const before = new Map(this.#sealed.map((segment) => [keyOf(segment.facts), segment]));
    const isUsable = (block: SegmentBlock) => before.has(keyOf(block)) || this.#maintenance.isReady(block);
    this.#sealed = blocksAt(this.#seals, this.#layout, isUsable).map((block) => {
      const fresh = this.#maintenance.take(block);
      return fresh === undefined ? (before.get(keyOf(block)) as Segment) : this.#view(fresh);
    });
    const replaced = Array.from(before.values()).filter((segment) => !this.#sealed.includes(segment));
    this.#close(replaced);
    const kept = new Set(this.#sealed.map(({ facts }) => keyOf(facts)));
    this.#replaced.push(...replaced.map(({ facts }) => facts).filter((facts) => !kept.has(keyOf(facts))));
  }

  #view({ facts, path }: Fresh): Segment {
    return {
      facts,
      graph: path === undefined ? undefined : openView(path, this.#parts.space.dimensions, facts.level),
    };
  }

  /**
   * Forgotten frames stay in their segment and cost search time. Rebuilds a segment if too few frames are
   * left.
   */
  #refreshForgotten(): void {
    for (const { facts } of this.#sealed) {
      const kept = this.#parts.known(facts.after, facts.last);
      if (kept < keptShareMin * facts.frames && this.#maintenance.isReady(facts))
        this.#maintenance.refresh(facts);
    }
  }

  #close(segments: readonly Segment[]): void {
    for (const { graph } of segments) graph?.close(this.#parts.segments.newFile());
  }

  #graphs(): Graph[] {
    const sealed = this.#sealed.flatMap(({ graph }) => (graph === undefined ? [] : [graph]));
    return [...sealed, this.#growing.graph];
  }

  #newGrowing(after: FrameId): Growing {
    return { graph: new Graph(this.#parts.space.dimensions, smallExpansion), after, last: after, frames: 0 };
  }
}

/** Ties keep the order of arrival. */
function nearestOf(
  some: readonly ScoredFrame[],
  others: readonly ScoredFrame[],
  count: number,
): ScoredFrame[] {
  if (others.length === 0) return some as ScoredFrame[];
  const near = [...some, ...others];
  return near.sort((a, b) => b.similarity - a.similarity || a.frame - b.frame).slice(0, count);
}
