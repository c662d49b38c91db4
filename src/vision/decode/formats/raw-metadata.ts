import { type Box, boxesIn } from './iso-boxes.ts';

/** What a camera wrote about a raw picture, built like TIFF: all of the file for most, two parts of a CR3. */
export interface RawMetadata {
  /** With the orientation. */
  readonly main: Buffer;
  /** With the time, as an EXIF block. */
  readonly exif: Buffer;
  /** How long the file is at least, as far as it says so outside of `main`. */
  readonly bytesMin: number;
}

/** Enough for what cameras put before the pixels; readers of EXIF are spared the rest. */
const exifBytesMax = 2 ** 20;

export function metadataOfRaw(bytes: Buffer): RawMetadata {
  if (!isCr3(bytes))
    return { main: bytes, exif: asTiff(bytes.subarray(0, exifBytesMax)), bytesMin: endOfRaf(bytes) };
  const parts = Array.from(metadataOf(bytes));
  const part = (name: string) => parts.find(({ type }) => type === name)?.body ?? Buffer.alloc(0);
  const bytesMin = Math.max(...Array.from(boxesIn(bytes), ({ end }) => end));
  return { main: part('CMT1'), exif: asPhoto(part('CMT2')), bytesMin };
}

export function isCr3(bytes: Buffer): boolean {
  return bytes.toString('latin1', 4, 12) === 'ftypcrx ';
}

/** Where the last part ends of which Fujifilm's header tells; 0 for files of others. */
function endOfRaf(bytes: Buffer): number {
  if (bytes.length < 108 || bytes.toString('latin1', 0, 8) !== 'FUJIFILM') return 0;
  const end = (at: number) => bytes.readUInt32BE(at) + bytes.readUInt32BE(at + 4);
  return Math.max(end(84), end(92), end(100));
}

/** What Canon puts into the first of its own boxes. */
function* metadataOf(bytes: Buffer): Generator<Box> {
  const movie = Array.from(boxesIn(bytes)).find(({ type }) => type === 'moov');
  for (const { type, body } of boxesIn(movie?.body ?? Buffer.alloc(0)))
    if (type === 'uuid') yield* boxesIn(body.subarray(16));
}

/** The same with the version number of TIFF, which Olympus and Panasonic replace by their own. */
function asTiff(start: Buffer): Buffer {
  const tiff = Buffer.from(start);
  tiff.write(tiff.toString('latin1', 0, 2) === 'MM' ? '\0*' : '*\0', 2, 'latin1');
  return tiff;
}

/** A block whose first directory is the one of the picture, as one whose first directory points to that. */
function asPhoto(block: Buffer): Buffer {
  if (block.length < 8 || block.toString('latin1', 0, 2) !== 'II') return block;
  const pointer = Buffer.alloc(18);
  pointer.writeUInt16LE(1, 0); // one entry
  pointer.writeUInt16LE(0x8769, 2);
  pointer.writeUInt16LE(4, 4);
  pointer.writeUInt32LE(1, 6);
  pointer.writeUInt32LE(block.readUInt32LE(4), 10);
  const photo = Buffer.concat([block, pointer]);
  photo.writeUInt32LE(block.length, 4);
  return photo;
}
