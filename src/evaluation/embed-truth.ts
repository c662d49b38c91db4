import { nodeFileSystem } from '../lib/fs/file-system.ts';
import type { ShowProgress } from '../lib/progress.ts';
import type { FeatureExtractor } from '../vision/extractor.ts';
import { type EmbeddedPictures, embedPictures } from './embed-pictures.ts';
import type { TruePicture } from './ground-truth.ts';

/** Embeds all readable pictures and prints the progress. */
export async function embedTruth(
  pictures: readonly TruePicture[],
  extractor: FeatureExtractor,
  showProgress: ShowProgress,
): Promise<EmbeddedPictures> {
  let done = 0;
  const progress = showProgress(() => ({ done, known: pictures.length }));
  try {
    return await embedPictures(pictures, extractor, nodeFileSystem, () => void done++);
  } finally {
    progress.stop();
  }
}
