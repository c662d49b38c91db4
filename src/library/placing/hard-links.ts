import { sameFile, statIfExists } from '../../lib/fs/file-operations.ts';
import type { FileStats, FileSystem } from '../../lib/fs/file-system.ts';

interface HardLink {
  /** Of the library. */
  readonly folder: string;
  readonly path: string;
}

/**
 * Yields the folders of the library in which this file has the name `name`. Users rename folders during file
 * operations, so a name of ours may be in any folder.
 */
export async function* findHardLinks(
  file: FileStats,
  name: string,
  { files, library }: { readonly files: FileSystem; readonly library: string },
): AsyncGenerator<HardLink> {
  for (const { name: folder, kind } of await files.readFolder(library)) {
    if (kind !== 'folder' || folder.startsWith('.')) continue;
    const path = `${library}/${folder}/${name}`;
    const there = await statIfExists(files, path);
    // Meanwhile this may be the last name of the file.
    if (there !== undefined && there.links > 1 && sameFile(there, file)) yield { folder, path };
  }
}
