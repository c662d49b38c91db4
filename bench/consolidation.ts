import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { loadConfig } from '../src/config/load.ts';
import { Consolidator } from '../src/grouping/consolidation/consolidator.ts';
import { progressOf } from '../src/grouping/consolidation/progress-record.ts';
import { openAssigner, openGroupFactory } from '../src/grouping/open.ts';
import { systemClock } from '../src/lib/async/clock.ts';
import { PausableLoop } from '../src/lib/async/pausable-loop.ts';
import { nodeFileSystem } from '../src/lib/fs/file-system.ts';
import { openLog } from '../src/lib/logger.ts';
import { Events } from '../src/monitoring/events.ts';
import { applyChange } from '../src/operations/apply-change.ts';
import { closeState, openState } from '../src/storage/open.ts';
import { findModel } from '../src/vision/models/registry.ts';
import { Filler } from './filler.ts';
import { cpuMs } from './meters.ts';
import { printTable } from './table.ts';

interface Measured {
  readonly frames: number;
  /** Number of reviewed frames: the most recent ones. */
  readonly looked: number;
  readonly changed: number;
  readonly proposed: number;
  /** CPU time of the deciding thread per frame, ms: to decide, and to consolidate. */
  readonly decideMs: number;
  readonly lookMs: number;
  /** Longest time without a turn for other work, ms. */
  readonly stallMaxMs: number;
  readonly stall99Ms: number;
}

const lookedAt = 2_048;

/**
 * Measures a consolidation in states of growing sizes, relative to deciding the same frames; without files.
 */
export async function consolidation({ sizes }: { readonly sizes?: string }): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const frames of (sizes ?? '').split(',').map(Number)) {
    const state = mkdtempSync(join(tmpdir(), 'framesort-consolidation-'));
    try {
      measured.push(await measure(state, frames));
    } finally {
      rmSync(state, { recursive: true, force: true });
    }
    print(measured);
  }
  return measured;
}

async function measure(state: string, frames: number): Promise<Measured> {
  const flags = { 'grouping.joinSimilarity': 0.75, 'log.level': 'silent' };
  const { config } = loadConfig({ flags, environment: {} });
  const [model, library] = [findModel('builtin'), join(state, 'library')];
  const libraryState = await openState(state, model);
  const filler = new Filler(libraryState, model.space.dimensions);
  await filler.fill(frames - lookedAt);
  const turns = new PausableLoop();
  const parts = {
    config,
    library,
    files: nodeFileSystem,
    clock: systemClock,
    events: new Events(openLog(config.log)),
  };
  const groupFactory = openGroupFactory(config, library, libraryState);
  const consolidating = new Consolidator({
    ...parts,
    extractor: { model },
    libraryState,
    progress: await progressOf(libraryState.store),
    loop: turns,
    verifier: undefined,
    reconcile: async () => true,
    applyChange: (change) => applyChange(change, { ...parts, ...libraryState, groupFactory, isDry: true }),
    isDry: true,
  });
  await filler.measure(await openAssigner(config, library, model, libraryState), frames);
  const { decidingCpuMs: decideMs } = await filler.report(join(state, 'store', 'data.mdb'));
  const end = new AbortController();
  const idle = turns.run(
    (until) => new Promise((done) => until.addEventListener('abort', () => done())),
    end.signal,
  );
  const [delays, before] = [monitorEventLoopDelay({ resolution: 1 }), cpuMs().deciding];
  delays.enable();
  const never = new AbortController().signal;
  while (consolidating.status.waiting > 0) await consolidating.step(never);
  delays.disable();
  const lookMs = (cpuMs().deciding - before) / lookedAt;
  end.abort();
  await idle;
  await closeState(libraryState);
  const { pictures: changed, proposed } = consolidating.sum;
  const [stallMaxMs, stall99Ms] = [delays.max / 1e6, delays.percentile(99) / 1e6];
  return { frames, looked: lookedAt, changed, proposed, decideMs, lookMs, stallMaxMs, stall99Ms };
}

function print(measured: readonly Measured[]): void {
  const [first] = measured;
  if (first === undefined) return;
  const rows: readonly (readonly [string, (one: Measured) => string])[] = [
    ['frames looked at again', ({ looked }) => `${looked}`],
    ['  that changed their group', ({ changed }) => `${changed}`],
    ['CPU to decide a frame, ms', ({ decideMs }) => decideMs.toFixed(2)],
    ['CPU to look at it again, ms', ({ lookMs }) => lookMs.toFixed(2)],
    ['  the latter : the former', ({ lookMs, decideMs }) => (lookMs / decideMs).toFixed(1)],
    ['  the latter : that of the first', ({ lookMs }) => (lookMs / first.lookMs).toFixed(2)],
    ['longest time without a turn for others, ms', ({ stallMaxMs }) => stallMaxMs.toFixed(0)],
    ['  99 of 100 are shorter than, ms', ({ stall99Ms }) => stall99Ms.toFixed(0)],
  ];
  printTable(
    ['frames', ...measured.map(({ frames }) => frames.toLocaleString('en'))],
    rows.map(([name, of]) => [name, ...measured.map(of)]),
  );
  process.stdout.write('\n');
}
