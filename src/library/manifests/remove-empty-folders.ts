import type { Group } from '../../domain/group.ts';
import { ownFolder } from '../../domain/placement.ts';
import { codeOf } from '../../lib/errors.ts';
import { isLink } from '../../lib/fs/file-operations.ts';
import type { Entry, FileSystem } from '../../lib/fs/file-system.ts';
import type { Store } from '../../storage/store.ts';

export interface EmptyFolderParts {
  readonly store: Store;
  readonly files: FileSystem;
  readonly library: string;
}

/**
 * Removes the folders of groups emptied by framesort, with their manifests, after the manifests of other
 * groups have the pictures. Keeps a folder with a file of another program. Throws the system's error; nothing
 * is lost, and the next call continues.
 */
export async function removeEmptyFolders({ store, files, library }: EmptyFolderParts): Promise<void> {
  const emptied = await store.groups.emptied();
  if (emptied.length === 0 || (await isAnyUnwritten(store))) return;
  for (const id of emptied) {
    const group = await store.groups.get(id);
    if (group !== undefined && (await isStillEmpty(group, store))) await removeFolder(group, library, files);
    await store.groups.markRemoved(id);
  }
}

async function isAnyUnwritten(store: Store): Promise<boolean> {
  for (const _ of await store.manifests.unwritten()) return true;
  return false;
}

/** A person or an undoing may have brought something back. */
async function isStillEmpty({ id, frames }: Group, store: Store): Promise<boolean> {
  const isComing = (await store.moves.all()).some(({ to }) => to.group === id);
  return frames === 0 && !isComing;
}

async function removeFolder({ folder }: Group, library: string, files: FileSystem): Promise<void> {
  // Through the library's own folder: the path leads nowhere if the disk is away.
  const path = `${library}/${ownFolder}/../${folder}`;
  if (await isLink(files, path)) return;
  const [outside, inside] = [await listed(path, files), await listed(`${path}/${ownFolder}`, files)];
  if (outside === undefined || outside.some(({ name }) => name !== ownFolder)) return;
  if (inside?.some(({ name }) => !/^group-\d+\.jsonl$/.test(name))) return;
  for (const { name } of inside ?? []) await ifThere(files.unlink(`${path}/${ownFolder}/${name}`));
  if (inside !== undefined) await ifThere(files.removeFolder(`${path}/${ownFolder}`));
  await ifThere(files.removeFolder(path));
  await files.syncFolder(library);
}

async function listed(folder: string, files: FileSystem): Promise<readonly Entry[] | undefined> {
  try {
    return await files.readFolder(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** Ignores a folder that is gone or no longer empty. */
async function ifThere(act: Promise<void>): Promise<void> {
  await act.catch((error) => {
    if (!['ENOENT', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST'].includes(codeOf(error) ?? '')) throw error;
  });
}
