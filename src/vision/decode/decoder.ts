import type { ExifTime } from '../../domain/capture-time.ts';
import type { PixelSpec, Pixels } from '../../domain/pixels.ts';

/** Turns the bytes of an image file into the pixels that the model expects. */
export interface Decoder {
  /** Throws FrameError if the bytes are not a whole, readable image within the limits. */
  decode(bytes: Buffer, spec: PixelSpec): Promise<Decoded>;
}

export interface Decoded {
  readonly pixels: Pixels;
  /** When the camera says it was taken. */
  readonly taken: ExifTime | undefined;
}
