import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../src/config/load.ts';
import type { FrameId } from '../src/domain/frame.ts';
import { type FrameFeatures, GroupMatcher, type GroupMatcherOptions } from '../src/grouping/group-matcher.ts';
import { thresholdsOf } from '../src/grouping/thresholds.ts';
import { closeState, type LibraryState, openState } from '../src/storage/open.ts';
import { findModel } from '../src/vision/models/registry.ts';
import { enginesWithout } from './engine-parts.ts';
import { Filler } from './filler.ts';
import { printTable } from './table.ts';
import { VectorStream } from './vector-stream.ts';

export interface DecidingCost {
  readonly engine: string;
  /** Median time per frame, ms, for each size of the store. */
  readonly medianMs: readonly number[];
}

/**
 * Measures the time of a decision in stores of growing sizes, with and without each part. Excludes keypoints,
 * which are rarely used.
 */
export async function decidingCosts(sizes: readonly number[]): Promise<DecidingCost[]> {
  const state = mkdtempSync(join(tmpdir(), 'framesort-costs-'));
  const { config } = loadConfig({ flags: {}, environment: process.env });
  const model = findModel('builtin');
  const usual = { thresholds: thresholdsOf(config, model), neighboursMax: config.grouping.neighboursMax };
  const engines = enginesWithout(usual, usual.thresholds.join).filter(({ consolidation }) => !consolidation);
  const libraryState = await openState(state, model);
  try {
    const { cells } = model.descriptor.output;
    const filler = new Filler(libraryState, model.space.dimensions, cells);
    const stream = () => new VectorStream(model.space.dimensions, 7, cells); // the same scenes as in the store
    const columns: number[][] = [];
    for (const frames of sizes) {
      await filler.fill(frames);
      const column: number[] = [];
      for (const { options } of engines) column.push(await medianMs(libraryState, options, stream()));
      columns.push(column);
    }
    const costs = engines.map(({ name }, at) => ({
      engine: name,
      medianMs: columns.map((column) => column[at] as number),
    }));
    print(sizes, costs);
    return costs;
  } finally {
    await closeState(libraryState);
    rmSync(state, { recursive: true, force: true });
  }
}

const [taughtFrames, measuredFrames] = [1_024, 1_000];

/**
 * Decisions change nothing: all engines decide the same frames. Each engine has observed the store's last
 * frames.
 */
async function medianMs(
  { index, membership, store }: LibraryState,
  options: GroupMatcherOptions,
  stream: VectorStream,
): Promise<number> {
  const matcher = new GroupMatcher(index, membership, (frames) => store.vectors.get(frames), options);
  const last = (await store.last()).frame;
  const after = Math.max(0, last - taughtFrames) as FrameId;
  for (const { frame, embedding } of await store.vectors.page(after, taughtFrames)) {
    const sight = sightOf(embedding, frame);
    matcher.replay(frame, sight.captured, (await matcher.assign(sight)).evidence);
  }
  const times = new Float64Array(measuredFrames);
  for (let at = 0; at < measuredFrames; at++) {
    const sight = sightOf(stream.next(), last + 1);
    const startedMs = performance.now();
    await matcher.assign(sight);
    times[at] = performance.now() - startedMs;
  }
  return times.sort()[measuredFrames / 2] as number;
}

function sightOf(embedding: FrameFeatures['embedding'], ms: number): FrameFeatures {
  return { embedding, captured: { ms, origin: 'mtime' } };
}

function print(sizes: readonly number[], costs: readonly DecidingCost[]): void {
  process.stdout.write('\n## Deciding, ms for one frame\n\n');
  printTable(
    ['engine', ...sizes.map((frames) => `${frames.toLocaleString('en')} frames`)],
    costs.map(({ engine, medianMs: medians }) => [engine, ...medians.map((ms) => ms.toFixed(3))]),
  );
}
