/**
 * Points of a picture that can be found again from another viewpoint, with descriptors, strongest first.
 * Equal pixels give equal bytes.
 */
export interface Keypoints {
  /** x and y of each point in the raster, pixels. */
  readonly positions: Float32Array;
  /** `descriptorBytes` for each point: AKAZE's binary descriptor (Alcantarilla, Nuevo, Bartoli 2013). */
  readonly descriptors: Uint8Array;
}

export const descriptorBytes = 61;

export function countOf({ descriptors }: Keypoints): number {
  return descriptors.length / descriptorBytes;
}
