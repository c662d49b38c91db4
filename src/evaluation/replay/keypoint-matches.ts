import type { Keypoints } from '../../domain/keypoints.ts';
import { keypointPixels } from '../../grouping/keypoint-verifier.ts';
import type { FileSystem } from '../../lib/fs/file-system.ts';
import type { FeatureExtractor } from '../../vision/extractor.ts';
import type { KeypointExtractor } from '../../vision/keypoints/keypoint-extractor.ts';
import type { TruePicture } from '../ground-truth.ts';
import type { InliersOf } from './replay.ts';

export interface KeypointOracleParts {
  readonly extractor: Pick<FeatureExtractor, 'pixels'>;
  readonly files: FileSystem;
  readonly reader: KeypointExtractor;
  /** Called once for each picture, and each pair, that failed. */
  readonly onFailure?: (path: string, error: unknown) => void;
}

/**
 * Returns an oracle for shared keypoints. Describes each picture once and compares each pair once; caches
 * both. A failure is no evidence, as in the daemon: the picture shares no keypoints.
 */
export function sharedKeypoints(pictures: readonly TruePicture[], parts: KeypointOracleParts): InliersOf {
  const described = new Map<number, Promise<Keypoints | undefined>>();
  const compared = new Map<string, Promise<number>>();
  const pathOf = (at: number) => (pictures[at] as TruePicture).path;
  const attempt = <T>(at: number, work: Promise<T>): Promise<T | undefined> =>
    work.catch((error) => void parts.onFailure?.(pathOf(at), error));
  const describe = async (at: number) => {
    const { bytes } = await parts.files.read(pathOf(at));
    return parts.reader.describe(await parts.extractor.pixels(bytes, keypointPixels));
  };
  const keypointsOf = (at: number) => cached(described, at, () => attempt(at, describe(at)));
  const compare = async (picture: number, other: number) => {
    const [one, two] = [await keypointsOf(picture), await keypointsOf(other)];
    if (one === undefined || two === undefined) return 0;
    return (await attempt(picture, parts.reader.inliers(one, two))) ?? 0;
  };
  return (picture, other) => cached(compared, `${picture} ${other}`, () => compare(picture, other));
}

function cached<K, V>(known: Map<K, V>, key: K, make: () => V): V {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}
