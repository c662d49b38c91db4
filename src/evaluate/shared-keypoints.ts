import type { Decoder } from '../decode/decoder.ts';
import type { Keypoints } from '../domain/keypoints.ts';
import type { KeypointReader } from '../keypoints/keypoint-reader.ts';
import type { Files } from '../lib/files.ts';
import { keypointPixels } from '../seeing-again.ts';
import type { InliersOf } from './group-in-order.ts';
import type { TruePicture } from './truth.ts';

export interface SharingParts {
  readonly decoder: Decoder;
  readonly files: Files;
  readonly reader: KeypointReader;
}

/** How many keypoints two of the pictures share. Each picture is described once, each pair compared once, and remembered. */
export function sharedKeypoints(pictures: readonly TruePicture[], parts: SharingParts): InliersOf {
  const described = new Map<number, Promise<Keypoints>>();
  const compared = new Map<string, Promise<number>>();
  const describe = (at: number) =>
    remembered(described, at, async () => {
      const { bytes } = await parts.files.read((pictures[at] as TruePicture).path);
      return parts.reader.describe((await parts.decoder.decode(bytes, keypointPixels)).pixels);
    });
  return (picture, other) =>
    remembered(compared, `${picture} ${other}`, async () =>
      parts.reader.inliers(await describe(picture), await describe(other)),
    );
}

function remembered<K, V>(known: Map<K, V>, key: K, make: () => V): V {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}
