import type { ExifTime } from '../../../domain/capture-time.ts';
import { decodeBmp } from './bmp.ts';
import { exifTime } from './exif.ts';
import { type Kind, kindOf } from './file-kind.ts';
import { pngOfJpegXl } from './jpeg-xl.ts';
import { exifOfJpegXl } from './jpeg-xl-exif.ts';
import { tiffOf } from './raster.ts';
import { rawPreview } from './raw-preview.ts';

/** A picture in a format that libvips reads. */
export interface SupportedImage {
  readonly picture: Buffer;
  /** Capture time, if the conversion to `picture` lost it. */
  readonly taken?: ExifTime | undefined;
}

type Translator = (bytes: Buffer, pixelsMax: number) => SupportedImage;

const translators: Partial<Record<Kind, Translator>> = {
  bmp: (bytes, pixelsMax) => ({ picture: tiffOf(decodeBmp(bytes, pixelsMax)) }),
  'jpeg-xl': (bytes, pixelsMax) => {
    const png = pngOfJpegXl(bytes, pixelsMax);
    const exif = exifOfJpegXl(bytes);
    return { picture: Buffer.from(png.buffer, png.byteOffset, png.length), taken: exif && exifTime(exif) };
  },
  raw: (bytes) => {
    const { jpeg, exif } = rawPreview(bytes);
    return { picture: jpeg, taken: exifTime(exif) };
  },
};

/**
 * Returns the picture itself, or a conversion by our own decoders. Throws FrameError if the picture is
 * unusable.
 */
export function toSupportedImage(bytes: Buffer, pixelsMax: number): SupportedImage {
  return translators[kindOf(bytes)]?.(bytes, pixelsMax) ?? { picture: bytes };
}
