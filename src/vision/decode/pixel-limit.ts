import { FrameError } from '../../domain/frame-error.ts';
import type { Size } from './fitting.ts';

/** Throws FrameError unless the picture has between 1 and `pixelsMax` pixels. */
export function checkSize({ width, height }: Size, pixelsMax: number): void {
  if (!(width > 0 && height > 0)) throw new FrameError('damaged', 'its header declares no pixels');
  if (width * height > pixelsMax)
    throw new FrameError('too-many-pixels', 'it has more pixels than decode.pixelsMax allows');
}
