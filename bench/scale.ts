import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { FillReport } from './filler.ts';
import type { OpenReport, ScaleOrder } from './scale-child.ts';
import { printTable } from './table.ts';

const child = fileURLToPath(new URL('scale-child.ts', import.meta.url));

interface Measured {
  readonly frames: number;
  readonly filled: FillReport;
  readonly afterKill: OpenReport;
  readonly afterClose: OpenReport;
}

/**
 * Fills states of growing sizes with clustered vectors, through the real store and index. Measures the real
 * decisions of the last 20,000 frames. Kills each process at work and opens its state again, twice.
 */
export async function scale({ sizes }: { readonly sizes?: string }) {
  const measured: Measured[] = [];
  for (const frames of (sizes ?? '').split(',').map(Number)) {
    measured.push(await measure(frames));
    print(measured);
  }
  return measured;
}

async function measure(frames: number): Promise<Measured> {
  const state = mkdtempSync(join(tmpdir(), 'framesort-scale-'));
  try {
    const filled = await fillAndKill({ task: 'fill', state, frames });
    const afterKill = await ask<OpenReport>({ task: 'open', state, frames });
    const afterClose = await ask<OpenReport>({ task: 'open', state, frames: 0 });
    return { frames, filled, afterKill, afterClose };
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
}

/** Keeps deciding after its report, therefore the kill hits it at work. */
async function fillAndKill(order: ScaleOrder): Promise<FillReport> {
  const filler = start(order);
  const exited = once(filler, 'exit');
  const report = await lineOf<FillReport>(filler);
  await delay(1_500);
  filler.kill('SIGKILL');
  await exited;
  return report;
}

async function ask<Report>(order: ScaleOrder): Promise<Report> {
  const opener = start(order);
  const exited = once(opener, 'exit');
  const report = await lineOf<Report>(opener);
  await exited;
  return report;
}

function start(order: ScaleOrder): ChildProcess {
  const args = ['--import', 'tsx', child, JSON.stringify(order)];
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function lineOf<Report>(of: ChildProcess): Promise<Report> {
  for await (const line of createInterface({ input: of.stdout as NodeJS.ReadableStream }))
    return JSON.parse(line) as Report;
  throw new Error('the process ended before it said anything');
}

const rows: readonly (readonly [string, (one: Measured, first: Measured) => string])[] = [
  ['groups', ({ filled }) => `${filled.groups}`],
  ['segments searched', ({ filled }) => `${filled.segments}`],
  ['decisions/s, with commits', ({ filled }) => filled.decisionsPerSecond.toFixed(0)],
  ['decision p50, ms', ({ filled }) => filled.decideP50Ms.toFixed(2)],
  ['decision p99, ms', ({ filled }) => filled.decideP99Ms.toFixed(2)],
  ['longest batch of 16, ms', ({ filled }) => filled.batchMaxMs.toFixed(0)],
  ['waited for merges, s', ({ filled }) => (filled.waitedMs / 1000).toFixed(1)],
  ['recall@10', ({ afterKill }) => afterKill.recall.toFixed(4)],
  ['resident memory at work, MB', ({ filled }) => filled.libraryState.residentMb.toFixed(0)],
  ['  its own, MB', ({ filled }) => filled.libraryState.ownMb.toFixed(0)],
  ['resident memory after start, MB', ({ afterKill }) => afterKill.libraryState.residentMb.toFixed(0)],
  ['bytes on disk, MB', ({ filled }) => (filled.diskBytes / 1e6).toFixed(0)],
  ['index: written / held', ({ filled }) => share(filled.indexBytesWritten, filled.indexBytes)],
  ['start after kill -9, s', ({ afterKill }) => (afterKill.openMs / 1000).toFixed(2)],
  ['start after a clean end, s', ({ afterClose }) => (afterClose.openMs / 1000).toFixed(2)],
  ['CPU per frame, deciding thread, ms', ({ filled }) => filled.decidingCpuMs.toFixed(3)],
  ['CPU per frame, all threads, ms', ({ filled }) => filled.allCpuMs.toFixed(3)],
  ['  the former : that of the first', (one, first) => ratio(one, first, 'decidingCpuMs')],
  ['  the latter : that of the first', (one, first) => ratio(one, first, 'allCpuMs')],
];

function share(part: number, whole: number): string {
  return whole === 0 ? '-' : (part / whole).toFixed(2);
}

function ratio(one: Measured, first: Measured, of: 'decidingCpuMs' | 'allCpuMs'): string {
  return (one.filled[of] / first.filled[of]).toFixed(2);
}

function print(measured: readonly Measured[]): void {
  const [first] = measured;
  if (first === undefined) return;
  printTable(
    ['frames', ...measured.map(({ frames }) => frames.toLocaleString('en'))],
    rows.map(([name, of]) => [name, ...measured.map((one) => of(one, first))]),
  );
  process.stdout.write('\n');
}
