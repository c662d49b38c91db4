import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { initSync, JxlImage } from 'jxl-oxide-wasm';
import { FrameError } from '../../../domain/frame-error.ts';
import { checkSize } from '../pixel-limit.ts';

/**
 * Returns the first picture of a JPEG XL file as PNG, upright and in sRGB. Throws FrameError if the file is
 * unusable.
 */
export function pngOfJpegXl(bytes: Buffer, pixelsMax: number): Uint8Array {
  loadJpegXl();
  const image = new JxlImage();
  try {
    image.forceSrgb = true;
    image.feedBytes(bytes);
    if (!image.tryInit()) throw cut();
    checkSize({ width: image.width ?? 0, height: image.height ?? 0 }, pixelsMax);
    if (image.numLoadedKeyframes === 0) throw cut();
    return image.render(0).encodeToPng();
  } catch (error) {
    throw typeof error === 'string' ? new FrameError('damaged', error) : error;
  } finally {
    image.free();
  }
}

let isLoaded = false;

/** Loads the decoder once, on first use. */
export function loadJpegXl(): void {
  if (isLoaded) return;
  const file = fileURLToPath(import.meta.resolve('jxl-oxide-wasm/module.wasm'));
  initSync({ module: readFileSync(file) });
  isLoaded = true;
}

function cut(): FrameError {
  return new FrameError('truncated', 'the JPEG XL ends within its first picture');
}
