import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';

/**
 * An opening takes less time, except on a very busy machine. Opening without the lock is better than not
 * opening.
 */
const waitSeconds = 2;

/**
 * The last user of LMDB destroys the locks in the file at closing. A process that opens at the same moment
 * gets "Invalid argument" from then on (ITS#10095). So one process at a time opens or closes, by flock(2) on
 * the data file: LMDB itself does not lock the data file. Without the file or without flock there is no lock.
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

/** Runs `act` under the lock. */
export function withOpenLock<T>(folder: string, act: () => T): T {
  const leave = acquireOpenLock(folder);
  try {
    return act();
  } finally {
    leave();
  }
}

/** Like `withOpenLock`, for an asynchronous close. */
export async function closeWithOpenLock(folder: string, close: () => Promise<void>): Promise<void> {
  const leave = acquireOpenLock(folder);
  try {
    await close();
  } finally {
    leave();
  }
}
