import { constants } from 'node:os';

/**
 * Errors, sorted by who must act. TransientError: time, or repair of the machine. FatalError: the user,
 * because command or installation is wrong. FrameError (domain/frame-error.ts): a single picture is unusable.
 * Anything else is a bug.
 */

type Options = { readonly cause?: unknown; readonly hint?: string };

/** A retry may help, perhaps after repair of the machine: full disk, missing permission, unmounted disk. */
export class TransientError extends Error {
  override readonly name: string = 'TransientError';
  readonly hint: string | undefined;
  constructor(message: string, options: Options = {}) {
    super(message, { cause: options.cause });
    this.hint = options.hint;
  }
}

/** A TransientError of a single file, in use elsewhere or protected: work on other files goes on. */
export class OneFileError extends TransientError {
  override readonly name = 'OneFileError';
}

/** The installation or the command is wrong. The process ends with `exitCode` and prints the hint. */
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

/** Exit codes; 75 and 78 are from sysexits(3). */
export const exitCodes = { ok: 0, failed: 1, usage: 2, partly: 3, tryAgain: 75, configuration: 78 } as const;

// biome-ignore format: a table
const transientCodes = new Set([
  'EACCES', 'EAGAIN', 'EBUSY', 'EDQUOT', 'EIO', 'EMFILE', 'ENFILE', 'ENODEV', 'ENOMEM', 'ENOSPC', 'ENOTCONN',
  'EPERM', 'EROFS', 'ESTALE', 'ETIMEDOUT', 'EINTR', 'ENETDOWN', 'EHOSTDOWN',
]);

// biome-ignore format: a table
const refusalCodes = new Set([
  // The tree of folders differs from our last scan.
  'ENOENT', 'ENOTDIR', 'EISDIR', 'EEXIST', 'ENOTEMPTY', 'EXDEV', 'ELOOP', 'ETXTBSY',
  // The file system or the device cannot do it.
  'ENAMETOOLONG', 'EILSEQ', 'EMLINK', 'EFBIG', 'EOVERFLOW', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'ENXIO',
  'EBADMSG', 'ENODATA', 'EPROTO', 'EDEADLK', 'ENOLCK', 'ENOLINK', 'EMULTIHOP', 'ECANCELED',
  // The network.
  'ECONNABORTED', 'ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENETRESET', 'ENETUNREACH', 'ENOTFOUND', 'EPIPE',
  // Node.js has no name: ESHUTDOWN, EUCLEAN, EREMOTEIO, ENOMEDIUM, EMEDIUMTYPE, ENOKEY, EKEYEXPIRED.
  'E108', 'E117', 'E121', 'E123', 'E124', 'E126', 'E127',
]);

/** System calls that create a name. */
const namingCalls = new Set(['link', 'mkdir', 'open', 'rename', 'symlink', 'copyfile']);

/** Error names by errno: Node.js has no code for some errors (EDQUOT, ESTALE, EBADMSG…). */
const nameOfNumber = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));

/**
 * Returns the system's error code (`ENOENT`…, or `E117` without a name), or undefined if `error` is not a
 * system error.
 */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  const { code } = error;
  if (typeof code !== 'string') return undefined;
  const number = /^Unknown system error -(\d+)$/.exec(code)?.[1];
  return number === undefined ? code : (nameOfNumber.get(Number(number)) ?? `E${number}`);
}

/** Whether a retry may help. */
export function isTransient(error: unknown): boolean {
  return error instanceof TransientError || transientCodes.has(codeOf(error) ?? '');
}

/**
 * Whether the system refused, so that a later attempt may succeed. Users change the same folders at the same
 * time: ENOENT, ENOTDIR, EEXIST… are expected, and the next scan resolves them. EBADF, EFAULT, EINVAL… are
 * bugs of ours: a later attempt would fail again. EINVAL of a call that creates a name is a refusal: FAT and
 * exFAT cannot hold every name.
 */
export function isOfSystem(error: unknown): boolean {
  return isTransient(error) || refusalCodes.has(codeOf(error) ?? '') || isRefusedName(error);
}

function isRefusedName(error: unknown): boolean {
  if (codeOf(error) !== 'EINVAL') return false;
  return error instanceof Error && 'syscall' in error && namingCalls.has(String(error.syscall));
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
