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
  const emptied = Array.from(store.regroupings.emptied());
  if (emptied.length === 0 || isAnyUnwritten(store)) return;
  for (const id of emptied) {
    const group = store.group(id);
    if (group !== undefined && isStillEmpty(group, store)) await removeFolder(group, library, files);
    store.regroupings.markRemoved(id);
  }
}

function isAnyUnwritten(store: Store): boolean {
  for (const _ of store.unwritten()) return true;
  return false;
}

/** A person or an undoing may have brought something back. */
function isStillEmpty({ id, frames }: Group, store: Store): boolean {
  const isComing = Array.from(store.regroupings.underWay()).some(({ to }) => to.group === id);
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
