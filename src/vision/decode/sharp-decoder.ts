import sharp, { type Sharp } from 'sharp';
import { FrameError } from '../../domain/frame-error.ts';
import type { PixelSpec, Pixels } from '../../domain/pixels.ts';
import { messageOf } from '../../lib/errors.ts';
import type { Decoded, Decoder } from './decoder.ts';
import { fittingOf, type Size } from './fitting.ts';
import { toSupportedImage } from './formats/convert.ts';
import { exifTime } from './formats/exif.ts';
import { decodeHeic } from './formats/heic.ts';
import { tiffOf } from './formats/raster.ts';
import { frameError, namedFault } from './libvips-fault.ts';
import { resample } from './resample.ts';

export interface DecoderOptions {
  /** Larger pictures are refused before decoding. */
  readonly pixelsMax: number;
  /** Whether SVG drawings are accepted. */
  readonly svg?: boolean;
}

/**
 * Decodes all formats of libvips (JPEG, PNG, WebP, AVIF, TIFF, GIF; the first picture of animations and
 * stacks) and all conversions of other decoders. Handles one picture at a time: libvips has a single error
 * log for all threads, and reasons would mix.
 */
export function sharpDecoder(options: DecoderOptions): Decoder {
  sharp.cache(false);
  sharp.concurrency(1); // pictures are decoded in parallel, not parts of a picture
  return {
    async decode(bytes, spec) {
      if (bytes.length === 0) throw new FrameError('empty', 'the file is empty');
      try {
        return await decodeOnce(bytes, spec, options);
      } catch (error) {
        if (error instanceof FrameError || isBroken(error)) throw error;
        throw namedFault(bytes, messageOf(error)) ?? frameError(error);
      }
    },
  };
}

/** A WebAssembly decoder is unusable after an internal error. */
function isBroken(error: unknown): boolean {
  return error instanceof Error && error.name === 'RuntimeError';
}

async function decodeOnce(bytes: Buffer, spec: PixelSpec, options: DecoderOptions): Promise<Decoded> {
  const { pixelsMax, svg = false } = options;
  const { picture, taken } = toSupportedImage(bytes, pixelsMax);
  const image = open(picture, pixelsMax);
  const { format, compression, exif, icc, autoOrient } = await image.metadata();
  if (format === 'svg' && !svg)
    throw new FrameError('unsupported-format', 'SVG drawings are filed only with decode.svg');
  const time = taken ?? (exif && exifTime(exif));
  const reading = readPixels(image.autoOrient(), autoOrient, spec);
  if (format !== 'heif' || compression !== 'hevc') return { pixels: await reading, taken: time };
  // libvips reports AVIF under the same general name, and can read AVIF: only an attempt tells them apart.
  const pixels = await reading.catch(async (error) => {
    if (!/HEVC/.test(messageOf(error))) throw error;
    const upright = await decodeHeic(picture, icc);
    return readPixels(open(tiffOf(upright), pixelsMax), upright, spec);
  });
  return { pixels, taken: time };
}

function open(picture: Buffer, pixelsMax: number): Sharp {
  return sharp(picture, { limitInputPixels: pixelsMax, failOn: 'truncated' });
}

/** Larger pictures are reduced to this size before exact scaling, to fit into memory. */
const exactSideMax = 8192;

async function readPixels(image: Sharp, source: Size, spec: PixelSpec): Promise<Pixels> {
  const { kernel } = spec.resize;
  if (kernel === 'bilinear' || kernel === 'bicubic') {
    const whole = await rgb(
      image.resize(exactSideMax, exactSideMax, { fit: 'inside', withoutEnlargement: true }),
    );
    const fitting = fittingOf(whole, spec);
    return resample(whole, fitting, fitting.kept, kernel);
  }
  const { scaled, kept, left, top } = fittingOf(source, spec);
  return rgb(image.resize({ ...scaled, fit: 'fill', kernel }).extract({ left, top, ...kept }));
}

async function rgb(image: Sharp): Promise<Pixels> {
  const { data, info } = await image
    .flatten({ background: '#808080' })
    .toColourspace('srgb')
    .removeAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { data: info.channels === 3 ? data : tripled(data), width: info.width, height: info.height };
}

/** Copies one grey channel to three equal channels. */
function tripled(grey: Uint8Array): Uint8Array {
  const rgb = new Uint8Array(grey.length * 3);
  for (let i = 0; i < grey.length; i++) rgb.fill(grey[i] as number, 3 * i, 3 * i + 3);
  return rgb;
}
