import { brotliDecompressSync } from 'node:zlib';
import { type Box, boxesIn } from './iso-boxes.ts';

const exifBytesMax = 2 ** 20;

/** Returns the EXIF block of a JPEG XL file, or undefined if there is no readable block. */
export function exifOfJpegXl(bytes: Buffer): Buffer | undefined {
  for (const box of boxesIn(bytes)) {
    const body = box.type === 'Exif' ? box.body : box.type === 'brob' ? unpacked(box) : undefined;
    // A number precedes the block: the offset of its start behind this number.
    if (body !== undefined && body.length > 4) return body.subarray(4 + body.readUInt32BE(0));
  }
  return undefined;
}

function unpacked({ body }: Box): Buffer | undefined {
  if (!body.subarray(0, 4).equals(Buffer.from('Exif'))) return undefined;
  try {
    return brotliDecompressSync(body.subarray(4), { maxOutputLength: exifBytesMax });
  } catch {
    return undefined; // a broken EXIF block does not make a broken picture
  }
}
