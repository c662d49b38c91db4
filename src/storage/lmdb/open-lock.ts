import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';

/** Nobody is in the door for longer, unless a machine is very busy: better open without it than not at all. */
const waitSeconds = 2;

/**
 * LMDB's last user destroys the locks in its file when it closes; one that opens in that very moment takes them as they are, and gets
 * "Invalid argument" from then on (ITS#10095). So one process at a time opens or closes: by flock(2) on the data file, which
 * LMDB itself does not lock. Where there is no file yet, or no flock, there is no door.
 */
function acquireOpenLock(folder: string): () => void {
  let file: number;
  try {
    file = openSync(join(folder, 'data.mdb'), 'r');
  } catch {
    return () => {};
  }
  spawnSync('flock', ['--timeout', `${waitSeconds}`, '3'], { stdio: ['ignore', 'ignore', 'ignore', file] });
  return () => closeSync(file);
}

/** Does it in the door. */
export function withOpenLock<T>(folder: string, act: () => T): T {
  const leave = acquireOpenLock(folder);
  try {
    return act();
  } finally {
    leave();
  }
}

/** As `inDoor`, for what takes its time. */
export async function closeWithOpenLock(folder: string, close: () => Promise<void>): Promise<void> {
  const leave = acquireOpenLock(folder);
  try {
    await close();
  } finally {
    leave();
  }
}
