import type { FileStats } from '../lib/fs/file-system.ts';

/** A moment by the clock that people set, and by the one that they don't. */
export interface Instant {
  readonly nowMs: number;
  readonly passedMs: number;
}

/** When a file was first seen as it is now, by the clock that nobody sets. */
export interface SeenFile {
  readonly identity: string;
  readonly sinceMs: number;
}

export type SettleResult =
  | { readonly settled: true }
  | { readonly settled: false; readonly againInMs: number };

/** Long enough to see whether a file that was just renamed, or given its times, is still written to. */
const confirmMs = 40;

/** Below this a timestamp was rounded by its file system (FAT: 2 s, others: 1 s or 10 ms) and says little. */
const coarseStampMs = 10;
const coarseToleranceMs = 2_000;

/**
 * Whether nobody writes to a file any more. Settled is
 * - what kept size, mtime and inode for `settleMs`, by its own mtime or under our eyes; and
 * - what changed its name, times or mode after its last write (ctime behind mtime: a rename, the end of a copy that
 *   keeps times) and does not change for a moment more.
 * A writer that pauses longer is caught later, when the picture does not reach its end.
 */
export function checkSettled(
  facts: FileStats,
  seen: SeenFile | undefined,
  { nowMs, passedMs }: Instant,
  settleMs: number,
): SettleResult {
  const watchedMs = seen?.identity === facts.identity ? passedMs - seen.sinceMs : 0;
  const ageMs = nowMs - facts.mtimeMs;
  if (ageMs >= settleMs || watchedMs >= settleMs) return { settled: true };
  const neededMs = wasFinished(facts) ? confirmMs : settleMs;
  if (watchedMs >= neededMs) return { settled: true };
  // By a clock that runs ahead of ours the file is of tomorrow, and only our own watching counts.
  const byAgeMs = ageMs < 0 ? settleMs : settleMs - ageMs;
  return { settled: false, againInMs: Math.max(1, Math.min(neededMs - watchedMs, byAgeMs)) };
}

function wasFinished({ mtimeMs, ctimeMs }: FileStats): boolean {
  const isCoarse = mtimeMs % coarseStampMs === 0;
  return ctimeMs - mtimeMs > (isCoarse ? coarseToleranceMs : 0);
}
