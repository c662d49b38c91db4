import { constants } from 'node:os';

/**
 * Errors sorted by who must act: time heals it, or the installation is wrong. A third, that one picture is at fault, is
 * domain/fault.ts; anything else is a bug.
 */

type Options = { readonly cause?: unknown; readonly hint?: string };

/** Time or a person's help with the machine heals it (disk full, permission, a disk not mounted): try again later. */
export class TransientError extends Error {
  override readonly name: string = 'TransientError';
  readonly hint: string | undefined;
  constructor(message: string, options: Options = {}) {
    super(message, { cause: options.cause });
    this.hint = options.hint;
  }
}

/** As before, and it concerns this one file, which others have in hand or which may not be touched: all else goes on. */
export class OneFileError extends TransientError {
  override readonly name = 'OneFileError';
}

/** The installation or the command is wrong; the process ends with `exitCode` and the hint. */
export class FatalError extends Error {
  override readonly name = 'FatalError';
  readonly hint: string | undefined;
  readonly exitCode: number;
  constructor(message: string, options: Options & { readonly exitCode?: number } = {}) {
    super(message, { cause: options.cause });
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? exitCodes.failed;
  }
}

/** What the process says at its end; 75 and 78 are those of sysexits(3). */
export const exitCodes = { ok: 0, failed: 1, usage: 2, partly: 3, tryAgain: 75, configuration: 78 } as const;

// biome-ignore format: a table
const transientCodes = new Set([
  'EACCES', 'EAGAIN', 'EBUSY', 'EDQUOT', 'EIO', 'EMFILE', 'ENFILE', 'ENODEV', 'ENOMEM', 'ENOSPC', 'ENOTCONN',
  'EPERM', 'EROFS', 'ESTALE', 'ETIMEDOUT', 'EINTR', 'ENETDOWN', 'EHOSTDOWN',
]);

/** Names of the system's errors by their numbers: Node.js has no code for some (EDQUOT, ESTALE, EBADMSG…). */
const nameOfNumber = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));

/** The system's error code (`ENOENT`…, `E117` where it has no name), or undefined when `error` is not a system error. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  const { code } = error;
  if (typeof code !== 'string') return undefined;
  const number = /^Unknown system error -(\d+)$/.exec(code)?.[1];
  return number === undefined ? code : (nameOfNumber.get(Number(number)) ?? `E${number}`);
}

/** Whether trying again later can help. */
export function isTransient(error: unknown): boolean {
  return error instanceof TransientError || transientCodes.has(codeOf(error) ?? '');
}

/**
 * Whether the system refused, for whatever reason. Where people work in the same folders, files and folders come and go
 * under our hands (ENOENT, ENOTDIR, EEXIST…): that is no fault of ours, and the next look finds it otherwise.
 */
export function isOfSystem(error: unknown): boolean {
  return isTransient(error) || /^E[A-Z0-9]+$/.test(codeOf(error) ?? '');
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
