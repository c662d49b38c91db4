import sharp from 'sharp';
import type { Pixels } from '../domain/pixels.ts';

/** Pixels that we decoded ourselves, as a picture that every browser reads. */
export function encodeSheet({ data, width, height }: Pixels): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels: 3 } })
    .webp({ quality: 68 })
    .toBuffer();
}
