import picomatch from 'picomatch';

const unfinished = [
  '.part',
  '.partial',
  '.tmp',
  '.temp',
  '.crdownload',
  '.download',
  '.filepart',
  '.opdownload',
];

/**
 * Whether a name is worth a look: not hidden, not unfinished, not a folder's own data, not ignored by the
 * user.
 */
export function fileFilter(ignore: readonly string[]): (name: string) => boolean {
  const isIgnored = picomatch([...ignore], { nocase: true, dot: true });
  return (name) => {
    const lower = name.toLowerCase();
    if (name.startsWith('.') || name.endsWith('~')) return false;
    if (unfinished.some((ending) => lower.endsWith(ending))) return false;
    return !isIgnored(name);
  };
}
