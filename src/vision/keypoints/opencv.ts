import { loadOpenCV } from '@opencvjs/node';
import { descriptorBytes, type Keypoints } from '../../domain/keypoints.ts';
import type { Pixels } from '../../domain/pixels.ts';
import { areMark, mutualMatches } from './descriptor-matching.ts';

/**
 * The used part of OpenCV in WebAssembly; the package's types are incomplete. Objects made by `new` are freed
 * by `delete`.
 */
interface OpenCv {
  readonly CV_8UC1: number;
  readonly CV_8UC3: number;
  readonly CV_32FC2: number;
  readonly COLOR_RGB2GRAY: number;
  readonly RANSAC: number;
  readonly Mat: new () => Mat;
  readonly KeyPointVector: new () => KeyPointVector;
  readonly AKAZE: new () => Akaze;
  matFromArray(rows: number, columns: number, type: number, values: ArrayLike<number>): Mat;
  cvtColor(from: Mat, to: Mat, code: number): void;
  findHomography(from: Mat, to: Mat, method: number, pixels: number, inliers: Mat): Mat;
}

interface Freed {
  delete(): void;
}

interface Mat extends Freed {
  readonly data: Uint8Array;
}

interface KeyPointVector extends Freed {
  size(): number;
  get(at: number): { readonly pt: { readonly x: number; readonly y: number }; readonly response: number };
}

interface Akaze extends Freed {
  detectAndCompute(image: Mat, mask: Mat, points: KeyPointVector, descriptors: Mat): void;
}

/** Points kept per picture. */
const pointsMax = 400;

/** Largest reprojection error of an inlier, pixels. */
const agreeingPixels = 5;

/** A homography has eight degrees of freedom: four matches always agree. */
const matchesMin = 5;

/** Loads OpenCV, about 80 MB. */
export async function openOpenCv(): Promise<OpenCvKeypoints> {
  return new OpenCvKeypoints((await loadOpenCV()) as unknown as OpenCv);
}

export class OpenCvKeypoints {
  readonly #cv: OpenCv;
  /** Objects of the current request. */
  #made: Freed[] = [];

  constructor(cv: OpenCv) {
    this.#cv = cv;
  }

  /** Returns the keypoints of a picture. */
  describe({ data, width, height }: Pixels): Keypoints {
    return this.#freeing(() => {
      const cv = this.#cv;
      const colours = this.#own(cv.matFromArray(height, width, cv.CV_8UC3, data));
      const grey = this.#own(new cv.Mat());
      cv.cvtColor(colours, grey, cv.COLOR_RGB2GRAY);
      const [points, descriptors] = [this.#own(new cv.KeyPointVector()), this.#own(new cv.Mat())];
      this.#own(new cv.AKAZE()).detectAndCompute(grey, this.#own(new cv.Mat()), points, descriptors);
      return strongest(points, descriptors);
    });
  }

  /** Returns the number of matches consistent with one homography; 0 for a logo on both pictures. */
  inliers(one: Keypoints, other: Keypoints): number {
    const matches = mutualMatches(one, other);
    if (matches.length < matchesMin) return 0;
    return this.#freeing(() => {
      const cv = this.#cv;
      const from = this.#pointsOf(
        one,
        matches.map((match) => match.one),
      );
      const to = this.#pointsOf(
        other,
        matches.map((match) => match.other),
      );
      const agreeing = this.#own(new cv.Mat());
      // RANSAC restarts its random numbers at each call.
      const found = this.#own(cv.findHomography(from, to, cv.RANSAC, agreeingPixels, agreeing));
      if (found.data.length === 0) return 0;
      const agreed = matches.filter((_, at) => agreeing.data[at] !== 0);
      return areMark(agreed, one, other) ? 0 : agreed.length;
    });
  }

  #pointsOf({ positions }: Keypoints, chosen: readonly number[]): Mat {
    const values = chosen.flatMap((at) => [positions[2 * at] as number, positions[2 * at + 1] as number]);
    return this.#own(this.#cv.matFromArray(chosen.length, 1, this.#cv.CV_32FC2, values));
  }

  #own<T extends Freed>(made: T): T {
    this.#made.push(made);
    return made;
  }

  #freeing<T>(work: () => T): T {
    try {
      return work();
    } finally {
      for (const made of this.#made.splice(0)) made.delete();
    }
  }
}

/** Returns the points with the strongest response, strongest first. Ties keep the order of detection. */
function strongest(points: KeyPointVector, { data }: Mat): Keypoints {
  const all = Array.from({ length: points.size() }, (_, at) => ({ at, ...points.get(at) }));
  const kept = all.sort((a, b) => b.response - a.response || a.at - b.at).slice(0, pointsMax);
  const descriptors = new Uint8Array(kept.length * descriptorBytes);
  for (const [place, { at }] of kept.entries())
    descriptors.set(data.subarray(at * descriptorBytes, (at + 1) * descriptorBytes), place * descriptorBytes);
  return { positions: Float32Array.from(kept.flatMap(({ pt }) => [pt.x, pt.y])), descriptors };
}
