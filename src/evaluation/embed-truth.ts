import { startProgress } from '../cli/output/progress.ts';
import { nodeFileSystem } from '../lib/fs/file-system.ts';
import type { FeatureExtractor } from '../vision/open.ts';
import { type EmbeddedPictures, embedPictures } from './embed-pictures.ts';
import type { TruePicture } from './ground-truth.ts';

/** Embeds all readable pictures and prints the progress. */
export async function embedTruth(
  pictures: readonly TruePicture[],
  extractor: FeatureExtractor,
): Promise<EmbeddedPictures> {
  let done = 0;
  const progress = startProgress(() => ({ done, known: pictures.length }));
  try {
    return await embedPictures(pictures, extractor, nodeFileSystem, () => void done++);
  } finally {
    progress.stop();
  }
}
