/**
 * Directories of a TIFF file, or of a file in TIFF structure, like most raw pictures. Reads as much of a
 * damaged file as possible. Reads each directory once, however many pointers lead to it.
 */

/** Offset and length of a piece of data, bytes. */
export interface Piece {
  readonly at: number;
  readonly length: number;
}

export interface Directory {
  /** The values of an integer tag; empty if the tag is absent. */
  numbers(tag: number): readonly number[];
  /** Location of a tag's value. */
  piece(tag: number): Piece | undefined;
}

const directoriesMax = 64;
const entriesMax = 512;
const valuesMax = 2 ** 16;
const subDirectories = 0x014a;
const bytesOfType: Record<number, number> = { 1: 1, 3: 2, 4: 4, 7: 1, 13: 4 };

/**
 * Returns the first directory, the chained directories and their sub-directories. Returns none if `bytes` has
 * no TIFF structure.
 */
export function directoriesOf(bytes: Buffer): Directory[] {
  const order = bytes.toString('latin1', 0, 2);
  if (bytes.length < 8 || (order !== 'II' && order !== 'MM')) return [];
  const isLittle = order === 'II';
  const found: Directory[] = [];
  const seen = new Set<number>();
  const waiting = [isLittle ? bytes.readUInt32LE(4) : bytes.readUInt32BE(4)];
  for (let at = waiting.shift(); at !== undefined && found.length < directoriesMax; at = waiting.shift()) {
    if (seen.has(at) || at < 8 || at + 2 > bytes.length) continue;
    seen.add(at);
    const { directory, next } = readDirectory(bytes, at, isLittle);
    found.push(directory);
    waiting.push(...directory.numbers(subDirectories), next);
  }
  return found;
}

interface Entry {
  readonly type: number;
  readonly count: number;
  readonly at: number;
}

function readDirectory(bytes: Buffer, from: number, isLittle: boolean) {
  const read = (at: number, size: number) =>
    isLittle ? bytes.readUIntLE(at, size) : bytes.readUIntBE(at, size);
  const count = Math.min(read(from, 2), entriesMax);
  const entries = new Map<number, Entry>();
  let at = from + 2;
  for (let i = 0; i < count && at + 12 <= bytes.length; i++, at += 12) {
    const entry = { type: read(at + 2, 2), count: read(at + 4, 4) };
    const length = entry.count * (bytesOfType[entry.type] ?? 0);
    entries.set(read(at, 2), { ...entry, at: length <= 4 ? at + 8 : read(at + 8, 4) });
  }
  const next = at + 4 <= bytes.length ? read(at, 4) : 0;
  return { directory: new Entries(entries, bytes.length, read), next };
}

class Entries implements Directory {
  readonly #entries: ReadonlyMap<number, Entry>;
  readonly #end: number;
  readonly #read: (at: number, size: number) => number;

  constructor(entries: ReadonlyMap<number, Entry>, end: number, read: (at: number, size: number) => number) {
    this.#entries = entries;
    this.#end = end;
    this.#read = read;
  }

  numbers(tag: number): readonly number[] {
    const entry = this.#entries.get(tag);
    const size = bytesOfType[entry?.type ?? 0];
    if (entry === undefined || size === undefined) return [];
    const count = Math.min(entry.count, valuesMax);
    if (entry.at + count * size > this.#end) return [];
    return Array.from({ length: count }, (_, i) => this.#read(entry.at + i * size, size));
  }

  piece(tag: number): Piece | undefined {
    const entry = this.#entries.get(tag);
    if (entry === undefined) return undefined;
    return { at: entry.at, length: entry.count * (bytesOfType[entry.type] ?? 0) };
  }
}
