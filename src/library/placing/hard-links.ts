import { sameFile, statIfExists } from '../../lib/fs/file-operations.ts';
import type { FileStats, FileSystem } from '../../lib/fs/file-system.ts';

interface HardLink {
  /** Of the library. */
  readonly folder: string;
  readonly path: string;
}

/**
 * Where in the library's folders this very file is called `name`. People rename folders while files in them are at work: a
 * name that a file was given, or taken aside under, may be in any of them.
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
    // By now it may be the last name that people left it.
    if (there !== undefined && there.links > 1 && sameFile(there, file)) yield { folder, path };
  }
}
