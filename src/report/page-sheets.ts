import type { Config } from '../config/options.ts';
import { nodeFileSystem } from '../lib/fs/file-system.ts';
import type { ShowProgress } from '../lib/progress.ts';
import { openDecoder } from '../vision/open.ts';
import { drawSheets, type Sheets } from './thumbnails.ts';

/** Creates thumbnail sheets and shows the progress. Each frame has a list of possible paths. */
export async function pageSheets(
  frames: readonly (readonly string[])[],
  config: Config,
  showProgress: ShowProgress,
): Promise<Sheets> {
  const decoder = await openDecoder(config.decode);
  let done = 0;
  const progress = showProgress(() => ({ done, known: frames.length }));
  try {
    const onPicture = () => void done++;
    return await drawSheets(frames, { decoder, files: nodeFileSystem, concurrency: 8, onPicture: onPicture });
  } finally {
    progress.stop();
    await decoder.close();
  }
}
