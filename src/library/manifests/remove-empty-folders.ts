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
 * Takes away the folders of groups that our own changes emptied, with their manifests, once the manifests of other groups
 * tell of the pictures. A folder that holds anything of somebody else's stays. Throws the system's error; nothing is
 * lost then, and the next call goes on.
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
  // By way of the library's own folder, which leads nowhere when its disk is not there.
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

/** Gone already, or somebody put something into it meanwhile. */
async function ifThere(act: Promise<void>): Promise<void> {
  await act.catch((error) => {
    if (!['ENOENT', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST'].includes(codeOf(error) ?? '')) throw error;
  });
}
