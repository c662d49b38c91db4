import type { Keypoints } from '../../domain/keypoints.ts';
import type { Pixels } from '../../domain/pixels.ts';

/** Finds keypoints and compares them; the same input gives the same result always. Rejects when it failed or took too long. */
export interface KeypointExtractor {
  /** Of a picture whose longer side has about `keypointSide` pixels. */
  describe(pixels: Pixels): Promise<Keypoints>;
  /** How many points of the one are found in the other where one change of the viewpoint puts them; none of a mark on both. */
  inliers(one: Keypoints, other: Keypoints): Promise<number>;
}
