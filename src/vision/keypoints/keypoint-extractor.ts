import type { Keypoints } from '../../domain/keypoints.ts';
import type { Pixels } from '../../domain/pixels.ts';

/** Finds and compares keypoints. Equal input gives equal results. Rejects on failure or time-out. */
export interface KeypointExtractor {
  /** Takes a picture whose longer side has about 480 pixels. */
  describe(pixels: Pixels): Promise<Keypoints>;
  /** Returns the number of matches consistent with one homography; 0 for a logo on both pictures. */
  inliers(one: Keypoints, other: Keypoints): Promise<number>;
}
