import { brotliCompressSync } from 'node:zlib';
import { box } from './heic.ts';

/** JPEG XL files around a small picture; sharp writes none. */

/** 64 x 64 pixels, encoded losslessly by libjxl: the soft flag of `decoding.ts`. */
export const jpegXl = Buffer.from(
  '/wpPQCQIAgEAoABLGIsVAJSzE2OM/xeIAQCAJgkgNhEEByA2b7beJliZoGV7twWERFEA',
  'base64',
);

/** The same in a file of boxes. */
export function jpegXlFile(exif: Buffer, how: 'plain' | 'packed' = 'plain'): Buffer {
  const body = Buffer.concat([Buffer.alloc(4), exif]);
  return Buffer.concat([
    box('JXL ', '\r\n\x87\n'),
    box('ftyp', 'jxl \0\0\0\0jxl '),
    how === 'plain' ? box('Exif', body) : box('brob', 'Exif', brotliCompressSync(body)),
    box('jxlc', jpegXl),
  ]);
}
