import type { FrameId } from '../../domain/frame.ts';
import type { Keypoints } from '../../domain/keypoints.ts';
import type { KeypointTable } from '../store.ts';
import { keypointBytes, readKeypoints } from './records.ts';
import { entries, type LmdbAccess, type LmdbTables } from './tables.ts';

/**
 * Maximum number of frames with stored keypoints: up to 70 MB. The oldest keypoints go first and can be
 * recomputed.
 */
const keypointsMax = 2_048;

export function keypointTable(
  { keypoints, filings }: Pick<LmdbTables, 'keypoints' | 'filings'>,
  { read, write }: LmdbAccess,
): KeypointTable {
  return {
    get: (frames) =>
      read(() => {
        const known = new Map<FrameId, Keypoints>();
        for (const frame of frames) {
          const bytes = keypoints.getBinary(frame);
          const found = bytes && readKeypoints(bytes);
          if (found !== undefined) known.set(frame, found);
        }
        return known;
      }),
    put: (described) =>
      write('store keypoints', () => {
        for (const [frame, one] of described)
          if (filings.doesExist(frame)) keypoints.putSync(frame, keypointBytes(one));
        const surplus = Math.max(0, entries(keypoints) - keypointsMax);
        for (const oldest of Array.from(keypoints.getKeys({ limit: surplus }))) keypoints.removeSync(oldest);
      }),
  };
}
