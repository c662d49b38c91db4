import { startProgress } from '../cli/output/progress.ts';
import type { Eyes } from '../grouping/open.ts';
import { realFiles } from '../lib/fs/file-system.ts';
import { type Embedded, embedPictures } from './embed-pictures.ts';
import type { TruePicture } from './ground-truth.ts';

/** Embeds every picture that can be read, and shows how far it is. */
export async function embedTruth(pictures: readonly TruePicture[], eyes: Eyes): Promise<Embedded> {
  let done = 0;
  const progress = startProgress(() => ({ done, known: pictures.length }));
  try {
    return await embedPictures(pictures, eyes, realFiles, () => void done++);
  } finally {
    progress.stop();
  }
}
