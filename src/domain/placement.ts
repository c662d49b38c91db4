import type { FrameId } from './frame.ts';
import type { GroupId } from './group.ts';

/** The library's own folder: marker, quarantine and drafts. */
export const ownFolder = '.framesort';

/** Returns the folder of a quarantined file. */
export function quarantineFolder(id: number): string {
  return `${ownFolder}/quarantine/${String(id).padStart(6, '0')}`;
}

/** Folder of copies in progress, each in a draft named by its order. */
export const draftsFolder = `${ownFolder}/drafts`;

/**
 * Returns the temporary hidden name of a file. The file bears it besides its old name while this order
 * removes the old name.
 */
export function tempName(order: number): string {
  return `.framesort-${order}`;
}

export function isTempName(name: string): boolean {
  return tempNumber(name) !== undefined;
}

/** Returns the order number in a temporary name, or undefined for any other name. */
export function tempNumber(name: string): number | undefined {
  const number = /^\.framesort-(-?\d+)$/.exec(name)?.[1];
  return number === undefined ? undefined : Number(number);
}

/** Returns the path of a group's manifest below the group's folder. The number keeps merged folders apart. */
export function manifestPath(group: GroupId): string {
  return `${ownFolder}/group-${String(group).padStart(6, '0')}.jsonl`;
}

/** Marks the folder of a library and holds the library's id. */
export const markerFile = `${ownFolder}/library.json`;

/** How a frame enters its group's folder. */
export type Mode = 'move' | 'copy' | 'hardlink' | 'reflink' | 'symlink';

/** The location of a frame's file. `planned` until the file is there. */
export interface Placement {
  readonly frame: FrameId;
  readonly group: GroupId;
  /** The group's folder, a name in the library. */
  readonly folder: string;
  /** The file's name in the folder. */
  readonly name: string;
  readonly mode: Mode;
  readonly state: 'planned' | 'placed';
}

/** Returns the location of a path in the library, or undefined if the path is no file of a group's folder. */
export function locateInLibrary(library: string, path: string): { folder: string; name: string } | undefined {
  if (!path.startsWith(`${library}/`)) return undefined;
  const [folder = '', name, ...deeper] = path.slice(library.length + 1).split('/');
  return name === undefined || deeper.length > 0 ? undefined : { folder, name };
}

/** Longest file name of common file systems, in bytes. */
const nameBytesMax = 255;

/** A longer suffix after the last dot is no extension: it would leave no room for a number. */
const extensionLengthMax = 32;

/**
 * Returns the `attempt`-th name (from 1) for a file called `name`: first the name itself, then with ` (2)`, `
 * (3)`… before the extension. Shortens names above `nameBytesMax`, such as derived names or names from other
 * file systems.
 */
export function nameForAttempt(name: string, attempt: number, byteLength: (text: string) => number): string {
  const [stem, extension] = partsOf(name);
  const suffix = (attempt === 1 ? '' : ` (${attempt})`) + extension;
  return shorten(stem, nameBytesMax - byteLength(suffix), byteLength) + suffix;
}

function partsOf(name: string): [stem: string, extension: string] {
  const dot = name.lastIndexOf('.');
  const isExtension = dot > 0 && name.length - dot <= extensionLengthMax;
  return isExtension ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
}

/**
 * Returns a free name for a file called `name`. Assumes contiguous numbers: ten thousand files of the same
 * name cost a few look-ups each, not ten thousand.
 */
export async function freeName(
  name: string,
  isTaken: (name: string) => boolean | Promise<boolean>,
  byteLength: (text: string) => number,
): Promise<string> {
  const taken = (attempt: number) => isTaken(nameForAttempt(name, attempt, byteLength));
  let free = 1;
  while (await taken(free)) free *= 2;
  let used = Math.floor(free / 2);
  while (free - used > 1) {
    const middle = Math.floor((used + free) / 2);
    if (await taken(middle)) used = middle;
    else free = middle;
  }
  return nameForAttempt(name, free, byteLength);
}

/** Cuts whole characters off the end until `text` fits. */
function shorten(text: string, bytesMax: number, byteLength: (text: string) => number): string {
  if (byteLength(text) <= bytesMax) return text;
  const characters = Array.from(text);
  while (byteLength(characters.join('')) > bytesMax) characters.pop();
  return characters.join('');
}

/** Returns the original name: `name` without a number added by `freeName`. */
export function plainName(name: string, original: string): string {
  const [stem, extension] = partsOf(original);
  const number = name.slice(stem.length, name.length - extension.length);
  const isNumbered = name.startsWith(stem) && name.endsWith(extension) && /^ \(\d+\)$/.test(number);
  return isNumbered ? original : name;
}
