import { codeOf } from '../errors.ts';
import type { FileStats, FileSystem } from './file-system.ts';

/** File operations that tolerate missing files. */

/** Error codes of file systems without hard links. */
export const linkRefusals = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** Error codes of file systems without shared content (reflinks). */
export const cloneRefusals = new Set(['EINVAL', 'ENOTTY']);

/** Error codes of an unusual order: missing folder or source, name in use, another file system. */
export const unusual = new Set(['ENOENT', 'ENOTDIR', 'EEXIST', 'EXDEV']);

/** Returns device and inode as text. They identify a file. */
export function inodeOf({ device, inode }: Pick<FileStats, 'device' | 'inode'>): string {
  return `${device}:${inode}`;
}

export function sameFile(a: FileStats, b: FileStats): boolean {
  return a.device === b.device && a.inode === b.inode;
}

export async function statIfExists(files: FileSystem, path: string): Promise<FileStats | undefined> {
  try {
    return await files.stat(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

export async function unlinkIfExists(files: FileSystem, path: string): Promise<void> {
  if ((await statIfExists(files, path)) === undefined) return;
  await files.unlink(path).catch((error) => {
    if (codeOf(error) !== 'ENOENT') throw error;
  });
}

/**
 * Gives our file another name in the same file system. Throws EEXIST if the name is in use. The old name may
 * remain.
 */
export async function giveName(files: FileSystem, ours: string, name: string): Promise<void> {
  try {
    await files.link(ours, name);
  } catch (error) {
    if (!linkRefusals.has(codeOf(error) ?? '')) throw error;
    await files.reserve(name);
    await files.renameOver(ours, name);
  }
}

/** Creates each folder from `root` down; `root` must exist. Throws ELOOP if a folder is a symbolic link. */
export async function makeFolders(files: FileSystem, root: string, folder: string): Promise<void> {
  let path = root;
  for (const name of folder.split('/')) {
    path += `/${name}`;
    await files.makeFolder(path);
    await assertNoLink(files, path);
  }
}

/** Concerns one folder: work on other folders goes on. */
class LinkError extends Error {
  readonly code = 'ELOOP';
}

/** Throws ELOOP if the folder is a symbolic link: its target is not part of the library. */
export async function assertNoLink(files: FileSystem, folder: string): Promise<void> {
  if (!(await isLink(files, folder))) return;
  throw new LinkError(
    `write into ${folder}: it is a link, and nothing is written through links; replace the link by the folder, or remove the link`,
  );
}

export async function isLink(files: FileSystem, path: string): Promise<boolean> {
  return (await statIfExists(files, path))?.kind === 'link';
}

export async function syncIfExists(files: FileSystem, folder: string): Promise<void> {
  await files.syncFolder(folder).catch((error) => {
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'ENOTDIR') throw error;
  });
}

/** Removes a folder if it is empty. */
export async function removeIfEmpty(files: FileSystem, folder: string): Promise<void> {
  await files.removeFolder(folder).catch((error) => {
    if (!['ENOENT', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST'].includes(codeOf(error) ?? '')) throw error;
  });
}
