/** Light at the lens, before exposure. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** r g b of each pixel, linear. */
  readonly light: Float32Array;
  /** Reflectivity of each pixel. */
  readonly gloss: Float32Array;
  /** Unit normal of each reflecting pixel. */
  readonly normals: Float32Array;
}

export function newPicture(width: number, height: number): Picture {
  const pixels = width * height;
  return {
    width,
    height,
    light: new Float32Array(pixels * 3),
    gloss: new Float32Array(pixels),
    normals: new Float32Array(pixels * 3),
  };
}
