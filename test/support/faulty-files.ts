import { type FileSystem, nodeFileSystem } from '../../src/lib/fs/file-system.ts';

export type Call = { readonly verb: keyof FileSystem; readonly paths: readonly string[] };

/** Returns a system error, as thrown by the file system. */
export function systemError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: made to fail`), { code });
}

/** The real file system, except that `fault` may throw before a call. */
export function faultyFiles(fault: (call: Call) => void | Promise<void>): FileSystem {
  const wrapped = Object.entries(nodeFileSystem).map(([verb, act]) => [
    verb,
    async (...args: string[]) => {
      await fault({ verb: verb as keyof FileSystem, paths: args });
      return await (act as (...args: string[]) => Promise<unknown>).apply(nodeFileSystem, args);
    },
  ]);
  return Object.fromEntries(wrapped) as FileSystem;
}

/** Stands for a power cut. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

/** Lets `calls` calls through, and throws Crash at each later call. */
export function crashingAfter(
  calls: number,
  fault: (call: Call) => void | Promise<void> = () => {},
): FileSystem {
  let left = calls;
  return faultyFiles((call) => {
    if (left-- <= 0) throw new Crash(`before ${call.verb} ${call.paths.join(' ')}`);
    return fault(call);
  });
}
