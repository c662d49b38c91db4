import type { Size } from '../fitting.ts';

/** A segment before a JPEG's first pixels. */
interface Segment {
  readonly marker: number;
  /** Offset of the marker. */
  readonly at: number;
  readonly end: number;
}

const segmentsMax = 500;
const [startOfScan, endOfImage, app1] = [0xda, 0xd9, 0xe1];
const frames = { baseline: 0xc0, progressive: 0xc2, last: 0xcf } as const;

/**
 * Returns the size of an 8-bit JPEG that common decoders read. Returns undefined for lossless JPEGs and other
 * data.
 */
export function sizeOfJpeg(bytes: Buffer): Size | undefined {
  for (const { marker, at } of segmentsOf(bytes)) {
    if (marker === 0xc4 || marker === 0xc8 || marker === 0xcc) continue; // tables
    if (marker < frames.baseline || marker > frames.last) continue;
    if (marker > frames.progressive || bytes[at + 4] !== 8 || at + 9 > bytes.length) return undefined;
    return { width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) };
  }
  return undefined;
}

/** Returns the JPEG with its EXIF block replaced. The new block holds the orientation only. */
export function withOrientation(jpeg: Buffer, orientation: number): Buffer {
  const own = segmentsOf(jpeg).filter(
    ({ marker, at }) => marker === app1 && jpeg.toString('latin1', at + 4, at + 8) === 'Exif',
  );
  const kept: Buffer[] = [];
  let from = 2;
  for (const { at, end } of own) {
    kept.push(jpeg.subarray(from, at));
    from = end;
  }
  return Buffer.concat([jpeg.subarray(0, 2), exifSegment(orientation), ...kept, jpeg.subarray(from)]);
}

function segmentsOf(bytes: Buffer): Segment[] {
  const found: Segment[] = [];
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return found;
  for (let at = 2; found.length < segmentsMax && at + 4 <= bytes.length; ) {
    const marker = bytes[at + 1] as number;
    if (bytes[at] !== 0xff || marker === startOfScan || marker === endOfImage) break;
    if (marker === 0xff) {
      at++; // fill byte
      continue;
    }
    const end = at + 2 + bytes.readUInt16BE(at + 2);
    found.push({ marker, at, end });
    at = end;
  }
  return found;
}

function exifSegment(orientation: number): Buffer {
  const tiff = Buffer.alloc(26);
  tiff.write('MM\0*', 'latin1');
  tiff.writeUInt32BE(8, 4);
  tiff.writeUInt16BE(1, 8); // one entry
  tiff.writeUInt16BE(0x0112, 10);
  tiff.writeUInt16BE(3, 12);
  tiff.writeUInt32BE(1, 14);
  tiff.writeUInt16BE(orientation, 18);
  const body = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff]);
  const head = Buffer.from([0xff, app1, 0, body.length + 2]);
  return Buffer.concat([head, body]);
}
