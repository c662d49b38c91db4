import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Who } from './acts.ts';
import { openCachingExtractor } from './caching-extractor.ts';
import { coreOf, drawPool } from './pictures.ts';
import { playRound, type RoundResult } from './round.ts';

export interface RoundsOptions {
  readonly seeds: readonly number[];
  /** The disk to play on; defaults to a file system in memory, if available. */
  readonly disk?: string | undefined;
  readonly who?: Who;
  readonly onRound?: (result: RoundResult) => void;
}

const picturesDrawn = 28;

/** Plays stories one after another. */
export async function playRounds(options: RoundsOptions): Promise<RoundResult[]> {
  const { seeds, disk, who = 'everybody', onRound = () => {} } = options;
  const folder = mkdtempSync(join(disk ?? memoryDisk(), 'framesort-simulate-'));
  const pool = await drawPool(picturesDrawn);
  const ground = { folder, pool, extractor: await openCachingExtractor(pool.cores, coreOf), who };
  const results: RoundResult[] = [];
  for (const seed of seeds) {
    const result = await playRound(seed, ground);
    results.push(result);
    onRound(result);
  }
  if (results.every(({ violations }) => violations.length === 0)) rmSync(folder, { recursive: true });
  return results;
}

function memoryDisk(): string {
  return statSync('/dev/shm', { throwIfNoEntry: false }) === undefined ? tmpdir() : '/dev/shm';
}
