import { codeOf } from '../errors.ts';
import type { FileStats, FileSystem } from './file-system.ts';

/** Names of files, where they may be there or not. */

/** What a file system says that makes no second names for a file. */
export const linkRefusals = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** What one says that can't share content between two files. */
export const cloneRefusals = new Set(['EINVAL', 'ENOTTY']);

/** Why a new order is not the usual case: no folder or no source, a name that is taken, another file system. */
export const unusual = new Set(['ENOENT', 'ENOTDIR', 'EEXIST', 'EXDEV']);

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

/** Gives a file of ours a name in the same file system; EEXIST if it is taken. The old name may stay. */
export async function giveName(files: FileSystem, ours: string, name: string): Promise<void> {
  try {
    await files.link(ours, name);
  } catch (error) {
    if (!linkRefusals.has(codeOf(error) ?? '')) throw error;
    await files.reserve(name);
    await files.renameOver(ours, name);
  }
}

/** One by one from `root` down: one that is not there must not be made. ELOOP where one of them is a link. */
export async function makeFolders(files: FileSystem, root: string, folder: string): Promise<void> {
  let path = root;
  for (const name of folder.split('/')) {
    path += `/${name}`;
    await files.makeFolder(path);
    await assertNoLink(files, path);
  }
}

/** Of one folder: what concerns others goes on. */
class LinkError extends Error {
  readonly code = 'ELOOP';
}

/** What a link points to is not the library: nothing is written through it. */
export async function assertNoLink(files: FileSystem, folder: string): Promise<void> {
  if (!(await isLink(files, folder))) return;
  throw new LinkError(
    `write into ${folder}: it is a link, and nothing is written through links; put the folder itself there, or take the link away`,
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

/** A folder that was made for nothing. */
export async function removeIfEmpty(files: FileSystem, folder: string): Promise<void> {
  await files.removeFolder(folder).catch((error) => {
    if (!['ENOENT', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST'].includes(codeOf(error) ?? '')) throw error;
  });
}
