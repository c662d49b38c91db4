/**
 * Points of a picture that can be found again from elsewhere, and what it looks like around them; those that stand out
 * most first. Derived from the picture alone: the same pixels give the same bytes.
 */
export interface Keypoints {
  /** x and y of each in the raster, pixels. */
  readonly places: Float32Array;
  /** `descriptorBytes` of each: AKAZE's binary descriptor (Alcantarilla, Nuevo, Bartoli 2013). */
  readonly descriptors: Uint8Array;
}

export const descriptorBytes = 61;

export function countOf({ descriptors }: Keypoints): number {
  return descriptors.length / descriptorBytes;
}
