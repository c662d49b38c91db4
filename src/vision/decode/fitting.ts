import type { PixelSpec } from '../../domain/pixels.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The target size of a scaled picture, and the part to keep. */
export interface Fitting {
  readonly scaled: Size;
  readonly kept: Size;
  readonly left: number;
  readonly top: number;
}

/**
 * Returns the scaled size and the kept part of a `source` picture, as in torchvision's Resize and CenterCrop.
 */
export function fittingOf(source: Size, { width, height, resize }: PixelSpec): Fitting {
  const kept = { width, height };
  if (resize.mode === 'fill') return { scaled: kept, kept, left: 0, top: 0 };
  if (resize.mode === 'inside') {
    const scaled = fittedInto(kept, source);
    return { scaled, kept: scaled, left: 0, top: 0 };
  }
  const short = resize.shortSide ?? Math.max(width, height);
  const scaled = shortSideTo(short, source);
  return { scaled, kept, left: middle(scaled.width - width), top: middle(scaled.height - height) };
}

function fittedInto(room: Size, { width, height }: Size): Size {
  const scale = Math.min(1, room.width / width, room.height / height);
  return { width: Math.max(1, Math.round(scale * width)), height: Math.max(1, Math.round(scale * height)) };
}

function shortSideTo(side: number, { width, height }: Size): Size {
  const long = Math.floor((side * Math.max(width, height)) / Math.min(width, height));
  return width < height ? { width: side, height: long } : { width: long, height: side };
}

/** Half of the excess, rounded half to even like Python's round. */
function middle(over: number): number {
  const half = Math.floor(over / 2);
  return over % 2 === 1 && half % 2 === 1 ? half + 1 : half;
}
