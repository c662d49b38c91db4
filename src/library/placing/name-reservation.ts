import { codeOf, OneFileError } from '../../lib/errors.ts';
import { sameFile, statIfExists } from '../../lib/fs/file-operations.ts';
import type { FileStats, FileSystem } from '../../lib/fs/file-system.ts';
import { takeFrom } from './source-file.ts';

/**
 * Names files where links are refused (FAT, some shares, files of other owners): an empty file reserves the
 * name, then the file is renamed onto the empty file. A mark, made before, tells after a crash that the empty
 * file is ours.
 */

/**
 * The mark and the empty file are made directly one after the other. The rest is a margin for slow shares and
 * coarse clocks.
 */
const betweenMsMax = 5_000;

/**
 * Renames `ours` to the free name `name`. Throws EEXIST if the name is taken, and OneFileError if another
 * program took the name in the last moment. The mark stays after success. `reached` is called between the two
 * steps.
 */
export async function nameByRename(
  files: FileSystem,
  { ours, name, mark }: { ours: string; name: string; mark: string },
  reached: () => void,
): Promise<void> {
  await reserve(files, name, mark);
  const reserved = await statIfExists(files, name);
  reached();
  try {
    const now = await statIfExists(files, name);
    if (reserved === undefined || now === undefined || !isSameAndEmpty(reserved, now))
      throw new OneFileError(
        `name ${name}: framesort had reserved the name, and another file has the name now`,
      );
    await takeFrom(ours, name, files);
  } catch (error) {
    const now = await statIfExists(files, name);
    if (reserved && now && isSameAndEmpty(reserved, now)) await files.unlink(name);
    await files.unlink(mark);
    throw error;
  }
}

/** Whether a crash left an empty file under a name: only then the file may go. No proof, no removal. */
export function isReservation(mark: FileStats | undefined, found: FileStats): boolean {
  if (mark === undefined || found.kind !== 'file' || found.sizeBytes > 0 || found.links > 1) return false;
  const betweenMs = found.mtimeMs - mark.mtimeMs;
  return betweenMs >= 0 && betweenMs <= betweenMsMax;
}

async function reserve(files: FileSystem, name: string, mark: string): Promise<void> {
  await removeOld(files, mark);
  await files.reserve(mark);
  // After a power cut no empty file may exist without a mark.
  await files.syncFolder(mark.slice(0, mark.lastIndexOf('/')));
  await files.reserve(name).catch(async (error) => {
    await files.unlink(mark); // otherwise an empty file of another program would count as ours
    throw error;
  });
}

async function removeOld(files: FileSystem, mark: string): Promise<void> {
  await files.unlink(mark).catch((error) => {
    if (codeOf(error) !== 'ENOENT') throw error;
  });
}

function isSameAndEmpty(reserved: FileStats, now: FileStats): boolean {
  return sameFile(reserved, now) && now.kind === 'file' && now.sizeBytes === 0;
}
