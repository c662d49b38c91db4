import type { Failure, Handle, Libheif } from 'libheif-js/libheif-wasm/libheif-bundle.mjs';
import { FrameError } from '../../../domain/frame-error.ts';
import type { Raster } from './raster.ts';

/**
 * Decodes the main picture of a HEIF file with HEVC data, as phones write them. Applies the rotations and
 * flips of the file, and passes its colour profile through. Throws FrameError if the optional package
 * libheif-js is not installed.
 */
export async function decodeHeic(bytes: Buffer, profile: Uint8Array | undefined): Promise<Raster> {
  const lib = await loadHeic();
  const context = lib.heif_context_alloc();
  try {
    const read = lib.heif_context_read_from_memory(context, bytes);
    if (read.code !== lib.heif_error_code.heif_error_Ok) throw new Error(read.message);
    const handle = succeeded(lib.heif_js_context_get_primary_image_handle(context));
    try {
      return { ...rasterOf(lib, handle), profile };
    } finally {
      lib.heif_image_handle_release(handle);
    }
  } finally {
    lib.heif_context_free(context);
  }
}

let loading: Promise<Libheif> | undefined;

/** Loads the decoder once, on first use. Throws FrameError if the package is not installed. */
export function loadHeic(): Promise<Libheif> {
  loading ??= import('libheif-js/libheif-wasm/libheif-bundle.mjs').then(
    ({ default: libheif }) => libheif(),
    (cause) => {
      const hint =
        'it is a HEIC picture; to decode it, install framesort with the optional package libheif-js';
      throw new FrameError('unsupported-format', hint, { cause });
    },
  );
  return loading;
}

function rasterOf(lib: Libheif, handle: Handle): Raster {
  const channels = lib.heif_image_handle_has_alpha_channel(handle) ? 4 : 3;
  const { heif_chroma_interleaved_RGB: rgb, heif_chroma_interleaved_RGBA: rgba } = lib.heif_chroma;
  const layout = channels === 4 ? rgba : rgb;
  const { heif_colorspace_RGB: space } = lib.heif_colorspace;
  const decoded = succeeded(lib.heif_js_decode_image2(handle, space, layout));
  try {
    const [plane] = decoded.channels;
    if (plane === undefined) throw new Error('the HEIF has no pixels');
    const { width, height, stride, data } = plane;
    return { data: withoutGaps(data, stride, width * channels, height), width, height, channels };
  } finally {
    lib.heif_image_release(decoded.image);
  }
}

function withoutGaps(data: Uint8Array, stride: number, rowBytes: number, rows: number): Uint8Array {
  const dense = new Uint8Array(rowBytes * rows);
  for (let y = 0; y < rows; y++) dense.set(data.subarray(y * stride, y * stride + rowBytes), y * rowBytes);
  return dense;
}

function succeeded<T extends object>(result: T | Failure): T {
  if ('code' in result) throw new Error(result.message);
  return result;
}
