import sharp from 'sharp';
import type { PictureSize } from './renderer.ts';

/** A frame as cameras write it. */
export function encodeJpeg(rgb: Uint8Array, size: PictureSize): Promise<Buffer> {
  return sharp(rgb, { raw: { ...size, channels: 3 } })
    .jpeg({ quality: 90 })
    .toBuffer();
}
