/** Upright sRGB pixels, 8 bits a channel, rows from the top, R G B interleaved. */
export interface Pixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** How a picture becomes the pixels that a model expects. Part of the identity of an embedding space. */
export interface PixelSpec {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly resize: {
    /**
     * `fill` squeezes the whole picture into the input; `crop` scales the short side, then cuts the middle out; `inside`
     * makes it as small as it must be to fit in, and keeps its shape.
     */
    readonly mode: 'fill' | 'crop' | 'inside';
    /** Pixels of the short side before the crop; without it, the longer side of the input. */
    readonly shortSide?: number | undefined;
    readonly kernel: Kernel;
  };
}

/** `bilinear` and `bicubic` are Pillow's, exact to the bit; the others are libvips' and several times faster. */
export type Kernel =
  | 'bilinear'
  | 'bicubic'
  | 'nearest'
  | 'linear'
  | 'cubic'
  | 'mitchell'
  | 'lanczos2'
  | 'lanczos3';
