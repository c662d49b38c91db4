import sharp from 'sharp';
import type { PictureSize } from './renderer.ts';

/** Encodes a frame as JPEG. */
export function encodeJpeg(rgb: Uint8Array, size: PictureSize): Promise<Buffer> {
  return sharp(rgb, { raw: { ...size, channels: 3 } })
    .jpeg({ quality: 90 })
    .toBuffer();
}
