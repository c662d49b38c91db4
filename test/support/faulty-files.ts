import { type Files, realFiles } from '../../src/lib/fs/file-system.ts';

export type Call = { readonly verb: keyof Files; readonly paths: readonly string[] };

/** A system's error, as the file system throws it. */
export function systemError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: made to fail`), { code });
}

/** The real file system, except that `fault` may throw instead of a call. */
export function faultyFiles(fault: (call: Call) => void): Files {
  const wrapped = Object.entries(realFiles).map(([verb, act]) => [
    verb,
    async (...args: string[]) => {
      fault({ verb: verb as keyof Files, paths: args });
      return await (act as (...args: string[]) => Promise<unknown>).apply(realFiles, args);
    },
  ]);
  return Object.fromEntries(wrapped) as Files;
}

/** Stands for a power cut. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

/** Lets `calls` calls through; each one after that meets a crash. */
export function crashingAfter(calls: number, fault: (call: Call) => void = () => {}): Files {
  let left = calls;
  return faultyFiles((call) => {
    if (left-- <= 0) throw new Crash(`before ${call.verb} ${call.paths.join(' ')}`);
    fault(call);
  });
}
