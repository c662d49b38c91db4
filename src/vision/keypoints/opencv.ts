import { loadOpenCV } from '@opencvjs/node';
import { descriptorBytes, type Keypoints } from '../../domain/keypoints.ts';
import type { Pixels } from '../../domain/pixels.ts';
import { areMark, mutualMatches } from './descriptor-matching.ts';

/** What we use of OpenCV in WebAssembly; the types of the package leave some of it out. What `new` made is freed by `delete`. */
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

/** Points that are kept of a picture. */
const pointsMax = 400;

/** So far from where the others say, in pixels, a match may be and agree with them. */
const agreeingPixels = 5;

/** A homography has eight degrees of freedom: four matches always agree. */
const matchesMin = 5;

/** OpenCV, loaded: some 80 MB. */
export async function openOpenCv(): Promise<OpenCvKeypoints> {
  return new OpenCvKeypoints((await loadOpenCV()) as unknown as OpenCv);
}

export class OpenCvKeypoints {
  readonly #cv: OpenCv;
  /** What was made for the question at hand. */
  #made: Freed[] = [];

  constructor(cv: OpenCv) {
    this.#cv = cv;
  }

  /** The keypoints of a picture. */
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

  /** How many points of the one are found in the other where one change of the viewpoint puts them; none of a mark on both. */
  inliers(one: Keypoints, other: Keypoints): number {
    const matches = mutualMatches(one, other);
    if (matches.length < matchesMin) return 0;
    return this.#freeing(() => {
      const cv = this.#cv;
      const from = this.#downloadUrls(
        one,
        matches.map((match) => match.one),
      );
      const to = this.#downloadUrls(
        other,
        matches.map((match) => match.other),
      );
      const agreeing = this.#own(new cv.Mat());
      // Its random numbers begin anew at each call.
      const found = this.#own(cv.findHomography(from, to, cv.RANSAC, agreeingPixels, agreeing));
      if (found.data.length === 0) return 0;
      const agreed = matches.filter((_, at) => agreeing.data[at] !== 0);
      return areMark(agreed, one, other) ? 0 : agreed.length;
    });
  }

  #downloadUrls({ places }: Keypoints, chosen: readonly number[]): Mat {
    const values = chosen.flatMap((at) => [places[2 * at] as number, places[2 * at + 1] as number]);
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

/** Those with the strongest response, strongest first; of equal ones the first found. */
function strongest(points: KeyPointVector, { data }: Mat): Keypoints {
  const all = Array.from({ length: points.size() }, (_, at) => ({ at, ...points.get(at) }));
  const kept = all.sort((a, b) => b.response - a.response || a.at - b.at).slice(0, pointsMax);
  const descriptors = new Uint8Array(kept.length * descriptorBytes);
  for (const [place, { at }] of kept.entries())
    descriptors.set(data.subarray(at * descriptorBytes, (at + 1) * descriptorBytes), place * descriptorBytes);
  return { places: Float32Array.from(kept.flatMap(({ pt }) => [pt.x, pt.y])), descriptors };
}
