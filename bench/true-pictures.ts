import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  groundTruthFromCsv,
  groundTruthFromFolders,
  type TruePicture,
} from '../src/evaluation/ground-truth.ts';
import { nodeFileSystem } from '../src/lib/fs/file-system.ts';
import { filmTruth } from './film-truth.ts';

/** Returns the groups in a folder, else the shared scenes if present, else a film drawn into `work`. */
export async function truePictures(truth: string | undefined, work: string): Promise<TruePicture[]> {
  if (truth !== undefined) return groundTruthFromFolders(truth, nodeFileSystem);
  const scenes = fileURLToPath(new URL('../../shared/data/scenes', import.meta.url));
  if (existsSync(scenes)) return groundTruthFromCsv(join(scenes, 'manifest.csv'), scenes);
  return filmTruth(work);
}
