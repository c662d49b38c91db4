import { freeName } from '../../domain/placement.ts';
import { toBytes } from '../../lib/fs/byte-path.ts';
import { statIfExists } from '../../lib/fs/file-operations.ts';
import type { FileSystem } from '../../lib/fs/file-system.ts';

/**
 * A name for a file called `wanted` that nothing has in `folder`, and that is not reserved. The file system itself has the last
 * word: some take names for the same that differ in case, or in how their letters are put together.
 */
export async function freeNameIn(
  folder: string,
  wanted: string,
  { files, isReserved }: { readonly files: FileSystem; readonly isReserved: (name: string) => boolean },
): Promise<string> {
  const taken = new Set((await files.readFolder(folder)).map(({ name }) => name));
  const isTaken = (name: string) => taken.has(name) || isReserved(name);
  for (;;) {
    const name = freeName(wanted, isTaken, (text) => toBytes(text).length);
    if ((await statIfExists(files, `${folder}/${name}`)) === undefined) return name;
    taken.add(name);
  }
}
