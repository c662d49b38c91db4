import { type Box, boxesIn } from './iso-boxes.ts';

/** Metadata of a raw picture in TIFF structure: the whole file for most formats, two boxes of a CR3. */
export interface RawMetadata {
  /** The directory with the orientation. */
  readonly main: Buffer;
  /** The EXIF block with the capture time. */
  readonly exif: Buffer;
  /** Smallest possible file length, from fields outside `main`. */
  readonly bytesMin: number;
}

/** Enough for all metadata before the pixels. Spares EXIF readers the rest. */
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

/** Returns the end of the last part in Fujifilm's header; 0 for other files. */
function endOfRaf(bytes: Buffer): number {
  if (bytes.length < 108 || bytes.toString('latin1', 0, 8) !== 'FUJIFILM') return 0;
  const end = (at: number) => bytes.readUInt32BE(at) + bytes.readUInt32BE(at + 4);
  return Math.max(end(84), end(92), end(100));
}

/** Yields the contents of Canon's first own box. */
function* metadataOf(bytes: Buffer): Generator<Box> {
  const movie = Array.from(boxesIn(bytes)).find(({ type }) => type === 'moov');
  for (const { type, body } of boxesIn(movie?.body ?? Buffer.alloc(0)))
    if (type === 'uuid') yield* boxesIn(body.subarray(16));
}

/** Restores the version number of TIFF. Olympus and Panasonic replace it by their own. */
function asTiff(start: Buffer): Buffer {
  const tiff = Buffer.from(start);
  tiff.write(tiff.toString('latin1', 0, 2) === 'MM' ? '\0*' : '*\0', 2, 'latin1');
  return tiff;
}

/** Wraps a block that starts with the photo directory: adds a first directory that points to it. */
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
