import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../src/config/load.ts';
import type { FrameId } from '../src/domain/frame.ts';
import { openAssigner } from '../src/grouping/open.ts';
import { closeState, type LibraryState, openState } from '../src/storage/open.ts';
import { allEmbeddings } from '../src/storage/rows.ts';
import type { UsearchIndex } from '../src/storage/vectors/usearch/usearch-index.ts';
import { findModel } from '../src/vision/models/registry.ts';
import { Filler, type FillReport, neighbours, type Probe } from './filler.ts';
import { type MemoryUse, memoryUse } from './meters.ts';

/** A process of the scale bench: fills a state until killed, or opens a state and measures the scan. */

export interface ScaleOrder {
  readonly task: 'fill' | 'open';
  readonly state: string;
  readonly frames: number;
}

export interface OpenReport {
  readonly openMs: number;
  readonly restored: number;
  readonly frames: number;
  readonly recall: number;
  readonly libraryState: MemoryUse;
}

const order = JSON.parse(process.argv[2] as string) as ScaleOrder;
const { model, config } = settings();

/** Frames searched and measured; earlier frames are filed without a search. */
const measuredMax = 20_000;
if (order.task === 'fill') await fill();
else await open();

function settings() {
  const flags = { 'grouping.joinSimilarity': 0.75 };
  return { model: findModel('builtin'), config: loadConfig({ flags, environment: {} }).config };
}

async function fill(): Promise<void> {
  const libraryState = await openState(order.state, model);
  const filler = new Filler(libraryState, model.space.dimensions);
  await filler.fill(order.frames - Math.min(measuredMax, order.frames / 2));
  const assigner = await openAssigner(config, join(order.state, 'library'), model, libraryState);
  await filler.measure(assigner, order.frames);
  writeFileSync(probesFile(), JSON.stringify(filler.probes));
  say(await filler.report(join(order.state, 'store', 'data.mdb')));
  await filler.measure(assigner, Number.POSITIVE_INFINITY);
}

async function open(): Promise<void> {
  const startedMs = performance.now();
  const libraryState = await openState(order.state, model);
  await openAssigner(config, join(order.state, 'library'), model, libraryState);
  const openMs = performance.now() - startedMs;
  const use = memoryUse();
  const { loaded: restored, size } = libraryState.index as UsearchIndex;
  const recall =
    order.frames > 0 ? await recallOf(libraryState, JSON.parse(readFileSync(probesFile(), 'utf8'))) : 0;
  say({ openMs, restored, frames: size, recall, libraryState: use });
  await closeState(libraryState);
}

/** Recall against an exact search over all earlier vectors. */
async function recallOf({ store }: LibraryState, asked: readonly Probe[]): Promise<number> {
  const best = asked.map(() => ({ frames: [] as FrameId[], similarities: [] as number[] }));
  const vectors = asked.map(({ embedding }) => Float32Array.from(embedding));
  for await (const { frame, embedding } of allEmbeddings(store.vectors)) {
    for (const [i, probe] of asked.entries())
      if (frame < probe.before) keepBest(best[i] as Best, frame, dot(embedding, vectors[i] as Float32Array));
  }
  const hits = asked.map(({ found }, i) => found.filter((one) => best[i]?.frames.includes(one)).length);
  return hits.reduce((sum, n) => sum + n, 0) / (neighbours * asked.length);
}

interface Best {
  readonly frames: FrameId[];
  readonly similarities: number[];
}

function keepBest({ frames, similarities }: Best, frame: FrameId, similarity: number): void {
  if (frames.length === neighbours && similarity <= (similarities.at(-1) as number)) return;
  let at = similarities.findIndex((other) => similarity > other);
  if (at === -1) at = similarities.length;
  similarities.splice(at, 0, similarity);
  frames.splice(at, 0, frame);
  similarities.length = frames.length = Math.min(neighbours, frames.length);
}

/** Four sums in parallel, for speed. */
function dot(a: Float32Array, b: Float32Array): number {
  let [s, t, u, v] = [0, 0, 0, 0];
  for (let i = 0; i < a.length; i += 4) {
    s += (a[i] as number) * (b[i] as number);
    t += (a[i + 1] as number) * (b[i + 1] as number);
    u += (a[i + 2] as number) * (b[i + 2] as number);
    v += (a[i + 3] as number) * (b[i + 3] as number);
  }
  return s + t + u + v;
}

function probesFile(): string {
  return join(order.state, 'probes.json');
}

function say(report: FillReport | OpenReport): void {
  process.stdout.write(`${JSON.stringify(report)}\n`);
}
