import type { ExifTime } from '../../domain/capture-time.ts';
import type { PixelSpec, Pixels } from '../../domain/pixels.ts';

/** Turns the bytes of an image file into the pixels for a model. */
export interface Decoder {
  /** Throws FrameError if the bytes are not a complete, readable image within the limits. */
  decode(bytes: Buffer, spec: PixelSpec): Promise<Decoded>;
}

export interface Decoded {
  readonly pixels: Pixels;
  /** Capture time from the camera; undefined if there is none. */
  readonly taken: ExifTime | undefined;
}
