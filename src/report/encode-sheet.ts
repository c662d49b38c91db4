import sharp from 'sharp';
import type { Pixels } from '../domain/pixels.ts';

/** Encodes pixels as WebP, for browsers. */
export function encodeSheet({ data, width, height }: Pixels): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels: 3 } })
    .webp({ quality: 68 })
    .toBuffer();
}
