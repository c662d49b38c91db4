import { spawnSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { exitCodes, FatalError } from '../errors.ts';

export interface Lock {
  release(): void;
}

/**
 * Locks a folder for this process. Throws FatalError if another process holds the lock. The flock program
 * locks our own open file (flock(2)). The kernel releases the lock when the process ends in any way,
 * therefore stale locks do not exist.
 */
export function acquireLock(folder: string, what = 'state'): Lock {
  mkdirSync(folder, { recursive: true });
  const file = openSync(lockPath(folder), 'a+');
  if (!tryLockPatiently(file)) {
    closeSync(file);
    throw new FatalError(`open the ${what} ${folder}: locked by pid ${holderOf(folder) ?? '?'}`, {
      hint: `Another framesort works on this ${what}. Stop it first, or use another ${what} folder.`,
      exitCode: exitCodes.tryAgain,
    });
  }
  ftruncateSync(file);
  writeSync(file, `${process.pid}\n`);
  return { release: () => closeSync(file) };
}

/** Returns the pid of the lock's holder, or undefined if the lock is free. */
export function lockHolder(folder: string): number | undefined {
  let file: number;
  try {
    file = openSync(lockPath(folder), 'r');
  } catch {
    return undefined;
  }
  try {
    return tryLock(file) ? undefined : holderOf(folder);
  } finally {
    closeSync(file);
  }
}

/** Retries: a query by `lockHolder` holds the lock for a moment and must not keep a daemon from starting. */
function tryLockPatiently(file: number): boolean {
  for (let tries = 0; tries < 5; tries++) {
    if (tryLock(file)) return true;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  }
  return false;
}

function tryLock(file: number): boolean {
  const { status, error } = spawnSync('flock', ['--nonblock', '3'], {
    stdio: ['ignore', 'ignore', 'ignore', file],
  });
  if (status === 0) return true;
  if (status === 1) return false;
  throw new FatalError(`lock the state: the flock program failed (${error?.message ?? `status ${status}`})`, {
    hint: 'Install util-linux, which contains flock.',
    exitCode: exitCodes.configuration,
  });
}

function holderOf(folder: string): number | undefined {
  const pid = Number.parseInt(readFileSync(lockPath(folder), 'utf8'), 10);
  return Number.isNaN(pid) ? undefined : pid;
}

function lockPath(folder: string): string {
  return join(folder, 'lock');
}
