import picomatch from 'picomatch';
import { isSystemName, isUnfinishedName } from '../domain/ignored-names.ts';

export interface FilterOptions {
  /** The user's names and patterns, whatever their case. */
  readonly ignore: readonly string[];
  /** Whether to ignore recycle bins, snapshots and other names of systems too. */
  readonly ignoreBuiltin: boolean;
}

/** Returns whether to consider a file or folder with this name: not hidden, not unfinished, not ignored. */
export function fileFilter({ ignore, ignoreBuiltin }: FilterOptions): (name: string) => boolean {
  const isIgnored = picomatch([...ignore], { nocase: true, dot: true });
  return (name) => {
    if (name.startsWith('.') || isUnfinishedName(name)) return false;
    if (ignoreBuiltin && isSystemName(name)) return false;
    return !isIgnored(name);
  };
}
