import { seededRandom } from '../lib/random.ts';
import type { TruePicture } from './ground-truth.ts';

/** Draws whole groups at random, up to `picturesMax` pictures in total. Keeps the given order. */
export function sampleGroups(pictures: readonly TruePicture[], picturesMax: number): TruePicture[] {
  const sizes = new Map<string, number>();
  for (const { group } of pictures) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  const chosen = new Set<string>();
  let count = 0;
  for (const [group, size] of seededRandom(1).shuffled([...sizes])) {
    if (count + size > picturesMax) continue;
    chosen.add(group);
    count += size;
  }
  return pictures.filter(({ group }) => chosen.has(group));
}
