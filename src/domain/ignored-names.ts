/**
 * Names that no user gave: data of operating systems, recycle bins, snapshots and indexes of network drives,
 * and files that are still on their way.
 */

/** In lower case. Synology, QNAP, Windows, macOS, Linux file systems and quotas. */
const systemNames = new Set([
  '#recycle',
  '#snapshot',
  '$recycle.bin',
  '@__thumb',
  '@eadir',
  '@recently-snapshot',
  '@recycle',
  '@sharebin',
  '@tmp',
  '@upload_cache',
  '__macosx',
  'aquota.group',
  'aquota.user',
  'desktop.ini',
  'ehthumbs.db',
  'icon\r',
  'lost+found',
  'network trash folder',
  'recycler',
  'system volume information',
  'temporary items',
  'thevolumesettingsfolder',
  'thumbs.db',
]);

/** In lower case. Browsers, copy programs, download managers and sync programs. */
const unfinishedEndings = [
  '.!qb',
  '.!sync',
  '.!ut',
  '.aria2',
  '.bts',
  '.crdownload',
  '.crswap',
  '.download',
  '.drivedownload',
  '.filepart',
  '.incomplete',
  '.opdownload',
  '.part',
  '.partial',
  '.temp',
  '.tmp',
  '.uploading',
] as const;

/** Returns whether the system or a network drive keeps its own data under this name of a file or folder. */
export function isSystemName(name: string): boolean {
  // Fragments that a repair of a Windows file system found: found.000 and so on.
  return systemNames.has(name.toLowerCase()) || /^found\.\d{3}$/i.test(name);
}

/** Returns whether a program is still writing a file or folder of this name. */
export function isUnfinishedName(name: string): boolean {
  const lower = name.toLowerCase();
  if (name.endsWith('~') || lower.startsWith('~syncthing~')) return true;
  // macOS saves into "a.jpg.sb-1a2b3c4d-abcdef" and renames the file.
  return unfinishedEndings.some((ending) => lower.endsWith(ending)) || /\.sb-[\da-f]{8}-\w{6}$/i.test(name);
}
