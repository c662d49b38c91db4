import type { FrameId } from './frame.ts';
import type { GroupId } from './group.ts';

/** The library's own folder: marker, quarantine and drafts. */
export const ownFolder = '.framesort';

/** Where the file of that number in quarantine lies. */
export function quarantineFolder(id: number): string {
  return `${ownFolder}/quarantine/${String(id).padStart(6, '0')}`;
}

/** Where copies are made, each in a draft with its order's number. */
export const draftsFolder = `${ownFolder}/drafts`;

/** The hidden name that a file has for a moment, beside its old one, while the order with this number takes that away. */
export function tempName(order: number): string {
  return `.framesort-${order}`;
}

export function isTempName(name: string): boolean {
  return tempNumber(name) !== undefined;
}

/** The number of the order that took the file aside; undefined where it is no such name. */
export function tempNumber(name: string): number | undefined {
  const number = /^\.framesort-(-?\d+)$/.exec(name)?.[1];
  return number === undefined ? undefined : Number(number);
}

/** What the library itself knows of a group, below the group's folder; its number keeps merged folders apart. */
export function manifestPath(group: GroupId): string {
  return `${ownFolder}/group-${String(group).padStart(6, '0')}.jsonl`;
}

/** Says that the library is there, and which one it is. */
export const markerFile = `${ownFolder}/library.json`;

/** How a frame enters its group's folder. */
export type Mode = 'move' | 'copy' | 'hardlink' | 'reflink' | 'symlink';

/** Where a frame's file must be. `planned` until it is there. */
export interface Placement {
  readonly frame: FrameId;
  readonly group: GroupId;
  /** The group's folder, a name in the library. */
  readonly folder: string;
  /** The file's name in it. */
  readonly name: string;
  readonly mode: Mode;
  readonly state: 'planned' | 'placed';
}

/** The place of a file in a group's folder; undefined where `path` is no such place in the library. */
export function locateInLibrary(library: string, path: string): { folder: string; name: string } | undefined {
  if (!path.startsWith(`${library}/`)) return undefined;
  const [folder = '', name, ...deeper] = path.slice(library.length + 1).split('/');
  return name === undefined || deeper.length > 0 ? undefined : { folder, name };
}

/** Bytes that common file systems allow in one name. */
const nameBytesMax = 255;

/** What comes after the last dot of a longer end is no extension; it would leave no room for a number. */
const extensionLengthMax = 32;

/**
 * The `attempt`-th name (from 1) for a file called `name`: itself, then with ` (2)`, ` (3)`… before the extension. One that
 * is too long, as names made from others can be, or names of other file systems, loses characters before that.
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
 * A name for a file called `name` that `isTaken` does not know. Names in use are taken to be contiguous, so that
 * ten thousand files of one name cost a few look-ups each, not ten thousand.
 */
export function freeName(
  name: string,
  isTaken: (name: string) => boolean,
  byteLength: (text: string) => number,
): string {
  const taken = (attempt: number) => isTaken(nameForAttempt(name, attempt, byteLength));
  let free = 1;
  while (taken(free)) free *= 2;
  let used = Math.floor(free / 2);
  while (free - used > 1) {
    const middle = Math.floor((used + free) / 2);
    if (taken(middle)) used = middle;
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

/** The name that a file would have, had nothing been in its way: `name` without a number that it got beside others. */
export function plainName(name: string, original: string): string {
  const [stem, extension] = partsOf(original);
  const number = name.slice(stem.length, name.length - extension.length);
  const isNumbered = name.startsWith(stem) && name.endsWith(extension) && /^ \(\d+\)$/.test(number);
  return isNumbered ? original : name;
}
