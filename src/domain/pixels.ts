/** Upright sRGB pixels, 8 bits per channel, rows from the top, interleaved R G B. */
export interface Pixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** The preprocessing of a picture for a model. Part of the identity of an embedding space. */
export interface PixelSpec {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly resize: {
    /**
     * `fill` squeezes the whole picture into the input. `crop` scales the short side, then cuts out the
     * middle. `inside` shrinks the picture to fit and keeps its aspect ratio.
     */
    readonly mode: 'fill' | 'crop' | 'inside';
    /** Pixels of the short side before the crop. Defaults to the longer side of the input. */
    readonly shortSide?: number | undefined;
    readonly kernel: Kernel;
  };
}

/**
 * `bilinear` and `bicubic` equal Pillow's to the bit. The other kernels are libvips' and several times
 * faster.
 */
export type Kernel =
  | 'bilinear'
  | 'bicubic'
  | 'nearest'
  | 'linear'
  | 'cubic'
  | 'mitchell'
  | 'lanczos2'
  | 'lanczos3';
