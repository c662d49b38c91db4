import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import type { ReadableArrival } from '../src/domain/arrival.ts';
import type { Embedding } from '../src/domain/embedding.ts';
import type { Fingerprint, FrameId } from '../src/domain/frame.ts';
import { Assigner, type AssignerOptions } from '../src/grouping/assigner.ts';
import type { LibraryState } from '../src/storage/open.ts';
import type { Decision } from '../src/storage/store.ts';
import type { UsearchIndex } from '../src/storage/vectors/usearch/usearch-index.ts';
import { cpuMs, type MemoryUse, memoryUse } from './meters.ts';
import { SceneGrouper } from './scene-grouper.ts';
import { VectorStream } from './vector-stream.ts';

/** Measurements of a fill, from counters of the system, except for capture times. */
export interface FillReport {
  readonly groups: number;
  readonly segments: number;
  readonly decisionsPerSecond: number;
  readonly decideP50Ms: number;
  readonly decideP99Ms: number;
  readonly batchMaxMs: number;
  /** Total wait for late merges, ms. */
  readonly waitedMs: number;
  /** CPU time per recent frame, ms: of the deciding thread, and of all threads. */
  readonly decidingCpuMs: number;
  readonly allCpuMs: number;
  readonly libraryState: MemoryUse;
  readonly diskBytes: number;
  readonly indexBytes: number;
  readonly indexBytesWritten: number;
}

/** An arrival whose neighbours are later compared with the true neighbours. */
export interface Probe {
  readonly before: FrameId;
  readonly embedding: number[];
  readonly found: FrameId[];
}

/** Decisions per transaction: as in the pipeline, and more where nothing is measured. */
const [batchMax, fillBatch] = [16, 256];
const probes = 300;
export const neighbours = 10;

const assignerOptions: Omit<AssignerOptions, 'reserveIds'> = {
  mode: 'move',
  duplicates: 'file',
  folderTemplate: 'scene-{number}',
  isFolderTaken: () => false,
  keypoints: false,
  keypointCredit: undefined,
};

/**
 * Decides like the pipeline: batches of decisions in one transaction, followed by a transaction that marks
 * them placed.
 */
export class Filler {
  readonly #libraryState: LibraryState;
  readonly #stream: VectorStream;
  readonly probes: Probe[] = [];
  frames = 0;
  #times: number[] | undefined;
  #batchMaxMs = 0;
  #probeEvery = Number.POSITIVE_INFINITY;
  #waitedMs = 0;
  readonly #arrivalCpuMs: number;
  #before = { wallMs: 0, frames: 0, cpu: cpuMs() };

  constructor(libraryState: LibraryState, dimensions: number, cells = 0) {
    this.#libraryState = libraryState;
    this.#stream = new VectorStream(dimensions, 7, cells);
    this.#arrivalCpuMs = this.#costOfArrivals(20_000);
  }

  /** Measures the generation of arrivals, to subtract its CPU time from the deciding thread. */
  #costOfArrivals(count: number): number {
    const before = cpuMs().deciding;
    for (let i = 0; i < count; i++) this.#arrival();
    this.frames = 0;
    return (cpuMs().deciding - before) / count;
  }

  /** Files frames without searching; the store and the index work as usual. */
  async fill(frames: number): Promise<void> {
    const { index, membership, store } = this.#libraryState;
    const thresholds = { join: 0, pairs: { slope: 1, centre: 0 }, probabilityAt: () => 0 };
    const matcher = new SceneGrouper(index, membership, async () => new Map(), {
      thresholds,
      neighboursMax: 1,
    });
    const assigner = new Assigner(matcher, membership, store, {
      ...assignerOptions,
      reserveIds: (count) => store.groups.reserveIds(count),
    });
    const decide = async (arrival: ReadableArrival, scene: number) => {
      matcher.scene = scene;
      return assigner.assign(await assigner.prepare(arrival));
    };
    while (this.frames < frames) await this.#batch(decide, assigner, fillBatch);
  }

  async measure(assigner: Assigner, frames: number): Promise<void> {
    if (this.#times === undefined) this.#startMeasuring(frames - this.frames);
    while (this.frames < frames)
      await this.#batch((arrival) => this.#timed(arrival, assigner), assigner, batchMax);
  }

  #startMeasuring(frames: number): void {
    this.#times = [];
    this.#batchMaxMs = 0;
    this.#probeEvery = Math.max(1, Math.floor(frames / probes));
    this.#before = { wallMs: performance.now(), frames: this.frames, cpu: cpuMs() };
  }

  async #batch(
    decide: (arrival: ReadableArrival, scene: number) => Promise<Decision>,
    assigner: Assigner,
    size: number,
  ): Promise<void> {
    const arrivals = Array.from({ length: size }, () => [this.#arrival(), this.#stream.scene] as const);
    const startedMs = performance.now();
    const decisions: Decision[] = [];
    for (const [arrival, scene] of arrivals) decisions.push(await decide(arrival, scene));
    await this.#libraryState.store.commit(decisions);
    assigner.onCommitted();
    await this.#libraryState.store.frames.markPlaced(decisions.flatMap(placed));
    this.#batchMaxMs = Math.max(this.#batchMaxMs, performance.now() - startedMs);
    const decidedMs = performance.now();
    await this.#libraryState.index.onCommitted();
    this.#waitedMs += performance.now() - decidedMs;
    await turn(); // as files and threads cause in the pipeline
  }

  #arrival(): ReadableArrival {
    const number = ++this.frames;
    const name = `/inbox/camera/frame-${String(number).padStart(8, '0')}.jpg`;
    return {
      kind: 'readable',
      source: name,
      identity: `64769:${number}:214512:${number}000000`,
      arrivedMs: number,
      fingerprint: createHash('sha256').update(name).digest('hex') as Fingerprint,
      sizeBytes: 214_512,
      captured: { ms: number, origin: 'mtime' },
      embedding: this.#stream.next(),
    };
  }

  async #timed(arrival: ReadableArrival, assigner: Assigner): Promise<Decision> {
    const times = this.#times ?? [];
    if (times.length % this.#probeEvery === 0) await this.#probe(arrival.embedding);
    const startedMs = performance.now();
    const decision = await assigner.assign(await assigner.prepare(arrival));
    times.push(performance.now() - startedMs);
    return decision;
  }

  async #probe(embedding: Embedding): Promise<void> {
    const { index } = this.#libraryState;
    const found = (await index.search(embedding, neighbours)).map(({ frame }) => frame);
    this.probes.push({ before: (index.size + 1) as FrameId, embedding: Array.from(embedding), found });
  }

  async report(dataFile: string): Promise<FillReport> {
    const times = Float64Array.from(this.#times ?? []).sort();
    const at = (share: number) => times[Math.floor(share * times.length)] ?? 0;
    const frames = this.frames - this.#before.frames;
    const cpu = cpuMs();
    const { membership } = this.#libraryState;
    const index = this.#libraryState.index as UsearchIndex;
    const saved = await index.saved();
    return {
      groups: membership.groupCount,
      segments: index.segments,
      decisionsPerSecond: (1000 * frames) / (performance.now() - this.#before.wallMs),
      decideP50Ms: at(0.5),
      decideP99Ms: at(0.99),
      batchMaxMs: this.#batchMaxMs,
      waitedMs: this.#waitedMs,
      decidingCpuMs: (cpu.deciding - this.#before.cpu.deciding) / frames - this.#arrivalCpuMs,
      allCpuMs: (cpu.all - this.#before.cpu.all) / frames - this.#arrivalCpuMs,
      libraryState: memoryUse(),
      diskBytes: statSync(dataFile).blocks * 512,
      indexBytes: saved.bytes,
      indexBytesWritten: saved.writtenBytes,
    };
  }
}

function placed(decision: Decision) {
  if (decision.kind !== 'file') return [];
  const { frame, group, name } = decision.placement;
  return [{ frame, group, name, state: 'placed', fileId: `64769:${frame}` } as const];
}
