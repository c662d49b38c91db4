import { freeName } from '../../domain/placement.ts';
import { toBytes } from '../../lib/fs/byte-path.ts';
import { statIfExists } from '../../lib/fs/file-operations.ts';
import type { FileSystem } from '../../lib/fs/file-system.ts';

/**
 * Returns a name, similar to `wanted`, that is free in `folder` and not reserved. The file system decides:
 * some file systems ignore case or Unicode normalisation.
 */
export async function freeNameIn(
  folder: string,
  wanted: string,
  {
    files,
    isReserved,
  }: {
    readonly files: FileSystem;
    readonly isReserved: (name: string) => Promise<boolean>;
  },
): Promise<string> {
  const taken = new Set((await files.readFolder(folder)).map(({ name }) => name));
  const isTaken = async (name: string) => taken.has(name) || (await isReserved(name));
  for (;;) {
    const name = await freeName(wanted, isTaken, (text) => toBytes(text).length);
    if ((await statIfExists(files, `${folder}/${name}`)) === undefined) return name;
    taken.add(name);
  }
}
