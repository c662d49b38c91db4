import type { FileStats } from '../lib/fs/file-system.ts';

/** A moment, by the wall clock and by the monotonic clock. */
export interface Instant {
  readonly nowMs: number;
  readonly passedMs: number;
}

/** Time of the first sight of a file in its present form, by the monotonic clock. */
export interface SeenFile {
  readonly identity: string;
  readonly sinceMs: number;
}

export type SettleResult =
  | { readonly settled: true }
  | { readonly settled: false; readonly againInMs: number };

/** Time to see whether a renamed file, or a file with new times, is still written. */
const confirmMs = 40;

/** Smaller differences come from the rounding of file systems (FAT: 2 s, others: 1 s or 10 ms). */
const coarseStampMs = 10;
const coarseToleranceMs = 2_000;

/**
 * Returns whether the writing has ended. A file is settled if
 * - size, mtime and inode are unchanged for `settleMs`, by its mtime or by our own watching; or
 * - name, times or mode changed after the last write (ctime later than mtime: a rename, or the end of a copy
 *   with times), and the file stays unchanged for another moment. The decoder catches a writer with a longer
 *   pause, because the picture is incomplete.
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
  // With a writer's clock ahead of ours, the file is from the future: only our own watching counts.
  const byAgeMs = ageMs < 0 ? settleMs : settleMs - ageMs;
  return { settled: false, againInMs: Math.max(1, Math.min(neededMs - watchedMs, byAgeMs)) };
}

function wasFinished({ mtimeMs, ctimeMs }: FileStats): boolean {
  const isCoarse = mtimeMs % coarseStampMs === 0;
  return ctimeMs - mtimeMs > (isCoarse ? coarseToleranceMs : 0);
}
