import { rmSync } from 'node:fs';
import pLimit from 'p-limit';
import { assert } from '../../../lib/assert.ts';
import type { Clock } from '../../../lib/async/clock.ts';
import { Notifier } from '../../../lib/async/notifier.ts';
import { isTransient } from '../../../lib/errors.ts';
import type { Graph } from './graph.ts';
import { mergeInThread, type VectorSource } from './merge.ts';
import {
  blocksAt,
  contiguousSegments,
  endOf,
  keyOf,
  mergesAt,
  type SegmentBlock,
  type SegmentLayout,
} from './segment-plan.ts';
import type { SegmentFacts, SegmentStore } from './segment-store.ts';

export interface SegmentMaintenanceParts {
  readonly segments: SegmentStore;
  readonly source: VectorSource;
  readonly layout: SegmentLayout;
  readonly dimensions: number;
  /** Stored with every segment. Segments with another identity are ignored. */
  readonly identity: string;
  readonly clock: Clock;
}

/** A merged segment that is saved and waits in a file until it is due. */
export interface Fresh {
  readonly facts: SegmentFacts;
  /** Undefined if all of its frames were forgotten. */
  readonly path: string | undefined;
}

/** Pause after a disk failure, ms. */
const pauseMs = 10_000;

/**
 * Background work of the index: saves sealed segments, merges small segments into larger ones, and deletes
 * replaced segments. Writes one at a time, in order. Retries after a disk failure; the index stays complete
 * in memory meanwhile.
 */
export class SegmentMaintenance {
  readonly #parts: SegmentMaintenanceParts;
  /** Segments in the store, by block. */
  readonly #saved = new Map<string, SegmentFacts>();
  readonly #fresh = new Map<string, Fresh>();
  readonly #merging = new Map<string, Promise<void>>();
  readonly #stop = new AbortController();
  readonly #notifier = new Notifier();
  readonly #tasks: (() => Promise<void>)[] = [];
  #working: Promise<void> | undefined;
  readonly #exclusively = pLimit(1);
  #pausedUntilMs = 0;
  #failure: unknown;

  constructor(parts: SegmentMaintenanceParts) {
    this.#parts = parts;
  }

  /** Registers a segment saved by an earlier run. `path` is the file of a segment not searched yet. */
  register(facts: SegmentFacts, path: string | undefined): void {
    this.#saved.set(keyOf(facts), facts);
    if (path !== undefined) this.#fresh.set(keyOf(facts), { facts, path });
  }

  /** Saves a sealed segment in the background. All of its frames are in the store. */
  save(facts: SegmentFacts, graph: Graph): void {
    const { segments, identity } = this.#parts;
    this.#enqueue(async () => {
      const path = segments.newFile();
      try {
        graph.save(path);
        await segments.save(facts, identity, path);
      } finally {
        rmSync(path, { force: true });
      }
      this.#saved.set(keyOf(facts), facts);
    });
  }

  /** Deletes segments replaced by larger ones, in the background. */
  drop(blocks: readonly SegmentBlock[]): void {
    this.#enqueue(async () => {
      for (const block of blocks) {
        await this.#parts.segments.drop(block);
        this.#saved.delete(keyOf(block));
      }
    });
  }

  /** Continues the background work. Throws the error of earlier background work, if any. */
  resume(): void {
    if (this.#failure !== undefined) throw this.#failure;
    this.#work();
  }

  /** Rebuilds a segment without its forgotten frames. */
  refresh(block: SegmentBlock): void {
    if (!this.#fresh.has(keyOf(block)) && !this.#isBusy(block.level)) this.#start(block);
  }

  isReady(block: SegmentBlock): boolean {
    return this.#saved.has(keyOf(block));
  }

  /** Takes the merged segment built for the block, if any. */
  take(block: SegmentBlock): Fresh | undefined {
    const fresh = this.#fresh.get(keyOf(block));
    this.#fresh.delete(keyOf(block));
    return fresh;
  }

  /** Resolves when all segments due after this many seals are built, or after a disk failure. */
  async ready(seals: number): Promise<void> {
    const due = blocksAt(seals, this.#parts.layout, ({ level }) => level > 0);
    const isMissing = () =>
      this.#failure === undefined && due.some((block) => block.level > 0 && !this.isReady(block));
    this.resume();
    while (isMissing() && !this.#isPaused() && !this.#stop.signal.aborted)
      await this.#notifier.wait(this.#stop.signal);
    this.resume(); // throws the failure, if one ended the loop
  }

  /** Finishes all pending work. */
  async flush(): Promise<void> {
    do {
      this.resume();
      await this.#working;
      await Promise.all(this.#merging.values());
    } while (this.#working !== undefined || this.#merging.size > 0);
    this.resume();
  }

  /** Cancels merges and finishes writes. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#merging.values());
    await this.#working;
    for (const { path } of this.#fresh.values()) if (path !== undefined) rmSync(path, { force: true });
  }

  #enqueue(task: () => Promise<void>): void {
    this.#tasks.push(task);
    this.#work();
  }

  #work(): void {
    if (this.#working !== undefined || this.#isPaused()) return;
    this.#working = this.#doTasks().finally(() => {
      this.#working = undefined;
      this.#startMerges();
      this.#notifier.notify();
    });
  }

  async #doTasks(): Promise<void> {
    for (let task = this.#tasks[0]; task !== undefined; task = this.#tasks[0]) {
      try {
        await this.#exclusively(task);
      } catch (error) {
        return this.#note(error);
      }
      this.#tasks.shift();
    }
  }

  /** Starts at most one merge per level. */
  #startMerges(): void {
    if (this.#isPaused() || this.#stop.signal.aborted || this.#failure !== undefined) return;
    for (const block of mergesAt(this.#savedSeals(), this.#parts.layout)) {
      if (!this.#saved.has(keyOf(block)) && !this.#isBusy(block.level)) this.#start(block);
    }
  }

  #savedSeals(): number {
    const last = contiguousSegments(this.#saved.values(), this.#parts.layout).at(-1);
    return last === undefined ? 0 : endOf(last, this.#parts.layout);
  }

  #isPaused(): boolean {
    return this.#parts.clock.passed() < this.#pausedUntilMs;
  }

  #isBusy(level: number): boolean {
    return Array.from(this.#merging.keys()).some((key) => key.startsWith(`${level}-`));
  }

  #start(block: SegmentBlock): void {
    const key = keyOf(block);
    const merging = this.#build(block)
      .catch((error) => this.#note(error))
      .finally(() => {
        this.#merging.delete(key);
        this.#startMerges();
        this.#notifier.notify();
      });
    this.#merging.set(key, merging);
  }

  async #build(block: SegmentBlock): Promise<void> {
    const { segments, source, dimensions, identity, layout } = this.#parts;
    const first = this.#savedAt(({ start }) => start === block.start);
    const last = this.#savedAt((one) => endOf(one, layout) === endOf(block, layout));
    assert(first !== undefined && last !== undefined, `no segments to merge into ${keyOf(block)}`);
    const range = { after: first.after, last: last.last };
    const path = segments.newFile();
    const frames = await mergeInThread({ dimensions, path }, source, range, this.#stop.signal);
    if (frames === undefined) return;
    const facts = { ...block, ...range, frames };
    await this.#exclusively(() => segments.save(facts, identity, frames > 0 ? path : undefined));
    this.#saved.set(keyOf(block), facts);
    this.#fresh.set(keyOf(block), { facts, path: frames > 0 ? path : undefined });
  }

  #savedAt(isAccepted: (facts: SegmentFacts) => boolean): SegmentFacts | undefined {
    let largest: SegmentFacts | undefined;
    for (const facts of this.#saved.values())
      if (isAccepted(facts) && facts.level >= (largest?.level ?? 0)) largest = facts;
    return largest;
  }

  #note(error: unknown): void {
    if (isTransient(error)) this.#pausedUntilMs = this.#parts.clock.passed() + pauseMs;
    else this.#failure ??= error;
  }
}
