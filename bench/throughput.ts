import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDaemon } from '../src/app/daemon.ts';
import { loadConfig } from '../src/config/load.ts';
import { mapInOrder } from '../src/lib/async/batches.ts';
import { BufferPool } from '../src/lib/buffer-pool.ts';
import { nodeFileSystem } from '../src/lib/fs/file-system.ts';
import { openLog } from '../src/lib/logger.ts';
import type { FeatureExtractor } from '../src/vision/extractor.ts';
import { openExtractor } from '../src/vision/open.ts';
import { printTable } from './table.ts';

/** Rounds; each files all pictures anew. */
const rounds = 3;

/**
 * Frames per second from inbox to library, relative to a bare loop of read, decode and embed over the same
 * files. One half of the bare loop runs before and one after: a machine that slows down does not bias the
 * ratio.
 */
export async function throughput({ pictures }: { readonly pictures?: string }) {
  const count = Number(pictures);
  const folder = mkdtempSync(join(tmpdir(), 'framesort-bench-'));
  try {
    const turns: Turn[] = [];
    for (let round = 0; round < rounds; round++) {
      const inbox = join(folder, `inbox-${round}`);
      makePictures(inbox, count, round * count);
      spawnSync('sync'); // otherwise the disk would still be busy
      const library = join(folder, `library-${round}`);
      const beforeMs = await bareLoop(files(inbox).slice(0, count / 2));
      const sortedMs = await sortAll(inbox, library, join(folder, `state-${round}`), count);
      const afterMs = await bareLoop(files(library).slice(count / 2));
      turns.push({ bareMs: beforeMs + afterMs, sortedMs });
      rmSync(library, { recursive: true });
    }
    const figures = figuresOf(turns, count);
    const { bare, endToEnd, ratio, ratios } = figures;
    printTable(
      ['', 'frames/s'],
      [
        ['read + decode + embed', bare.toFixed(1)],
        ['end to end', endToEnd.toFixed(1)],
        ['ratio', `${ratio.toFixed(3)} (${ratios.map((one) => one.toFixed(3)).join(', ')})`],
      ],
    );
    return figures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Turn {
  readonly bareMs: number;
  readonly sortedMs: number;
}

function figuresOf(turns: readonly Turn[], count: number) {
  const pictures = count * turns.length;
  const total = (of: (turn: Turn) => number) => turns.reduce((sum, turn) => sum + of(turn), 0);
  const [bareMs, sortedMs] = [total((turn) => turn.bareMs), total((turn) => turn.sortedMs)];
  return {
    pictures,
    bare: (1000 * pictures) / bareMs,
    endToEnd: (1000 * pictures) / sortedMs,
    ratio: bareMs / sortedMs,
    ratios: turns.map((turn) => turn.bareMs / turn.sortedMs),
  };
}

/** Runs in a separate process: garbage from drawing would slow both measurements. */
function makePictures(folder: string, count: number, first: number): void {
  const program = fileURLToPath(new URL('make-pictures.ts', import.meta.url));
  const { status } = spawnSync(
    process.execPath,
    [...process.execArgv, program, folder, String(count), String(first)],
    {
      stdio: 'inherit',
    },
  );
  if (status !== 0) throw new Error(`the pictures could not be drawn: exit code ${status}`);
}

/** Returns the duration, ms. */
async function bareLoop(paths: readonly string[]): Promise<number> {
  const { config } = loadConfig({ flags: {}, environment: process.env });
  const extractor = await openExtractor(config);
  const buffers = new BufferPool();
  try {
    const startedMs = performance.now();
    const looking = mapInOrder(each(paths), (path) => look(path, extractor, buffers), extractor.concurrency);
    for await (const _ of looking) {
    }
    return performance.now() - startedMs;
  } finally {
    await extractor.close();
  }
}

function look(path: string, extractor: FeatureExtractor, buffers: BufferPool) {
  return buffers.lend(async (room) => {
    const { bytes } = await nodeFileSystem.read(path, room);
    return extractor.embed(bytes);
  });
}

/** Returns the duration, ms. */
async function sortAll(inbox: string, library: string, state: string, count: number): Promise<number> {
  const flags = { inbox: [inbox], library, state, 'intake.settleMs': 1, 'log.level': 'warn' };
  const { config } = loadConfig({ flags, environment: process.env });
  const daemon = await openDaemon({ config, library, state, log: openLog(config.log) });
  try {
    const startedMs = performance.now();
    await daemon.sortOnce(new AbortController().signal);
    const passedMs = performance.now() - startedMs;
    const { frames } = daemon.statistics.totals;
    if (frames !== count) throw new Error(`filed ${frames} of ${count} pictures`);
    return passedMs;
  } finally {
    await daemon.close();
  }
}

/** Sorted by file name: the same pictures, wherever they lie. */
function files(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const found = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.jpg'));
  found.sort((a, b) => (a.name < b.name ? -1 : 1));
  return found.map((entry) => join(entry.parentPath, entry.name));
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
