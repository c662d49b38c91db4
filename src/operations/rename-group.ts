import { join } from 'node:path';
import type { Group, GroupId } from '../domain/group.ts';
import { exitCodes, FatalError, TransientError } from '../lib/errors.ts';
import { printable } from '../lib/fs/byte-path.ts';
import { sameFile, statIfExists } from '../lib/fs/file-operations.ts';
import type { FileSystem } from '../lib/fs/file-system.ts';
import { assertMounted } from '../library/library-folder.ts';
import type { MembershipReader } from '../storage/membership-cache.ts';
import type { Store } from '../storage/store.ts';
import { assertFolderName, nameTaken } from './split-group.ts';

export interface RenameParts {
  readonly store: Store;
  readonly membership: MembershipReader;
  readonly files: FileSystem;
  readonly library: string;
}

export interface Rename {
  readonly group: GroupId;
  /** The group's name at the time of the request. */
  readonly from: string;
  readonly to: string;
}

/**
 * Renames a group's folder and records the name. The folder comes first: a kill in between looks like a
 * rename in a file manager, and the next scan adopts the rename. Repeating the call changes nothing. Throws
 * FatalError if the name is impossible, TransientError if the rename is impossible now, and the system's
 * error.
 */
export async function renameGroup({ group: id, from, to }: Rename, parts: RenameParts): Promise<void> {
  const { store, files, library } = parts;
  const group = await store.groups.get(id);
  if (group?.folder === to) return;
  if (group === undefined || group.folder !== from || group.frames === 0) throw notThere(from);
  assertFolderName(to);
  await assertAtRest(group, store);
  await assertFree(group, to, parts);
  // If somebody makes an empty folder with this name at this moment, the rename replaces the empty folder.
  // The system refuses a folder with content.
  await files.renameOver(join(library, from), join(library, to));
  await files.syncFolder(library);
  await store.applyUserChanges([{ kind: 'renamed-group', group: id, folder: to }]);
}

function notThere(from: string): FatalError {
  return new FatalError(
    `rename ${printable(from)}: there is no group of that name any more, or it is empty`,
    {
      hint: '"framesort groups" lists them.',
      exitCode: exitCodes.usage,
    },
  );
}

/** A rename drops the moves under way, and would undo an earlier decision of the user. */
async function assertAtRest({ id, folder }: Group, store: Store): Promise<void> {
  for (const frame of await store.groups.members(id)) {
    const isPlaced = (await store.frames.get(frame))?.placement.state !== 'planned';
    if (isPlaced && (await store.moves.get(frame)) === undefined) continue;
    throw new TransientError(`rename ${printable(folder)}: pictures are on their way into it, or out of it`, {
      hint: 'Try again in a moment; "framesort status" says what waits.',
    });
  }
}

/** Without case sensitivity the folder itself may already have the other name. */
async function assertFree(
  { folder }: Group,
  to: string,
  { files, library, membership }: RenameParts,
): Promise<void> {
  await assertMounted(library, files);
  const here = await statIfExists(files, join(library, folder));
  if (here?.kind !== 'folder')
    throw new TransientError(`rename ${printable(folder)}: its folder is not in the library now`, {
      hint: 'framesort searches the folder, and adopts your edits.',
    });
  const there = await statIfExists(files, join(library, to));
  const hint = '"framesort merge" brings two groups together.';
  if (there !== undefined && !sameFile(here, there)) throw nameTaken(to, hint);
  if (membership.groupIn(to) !== undefined)
    throw nameTaken(to, hint, 'a group that is empty now has that name, and may come back');
}
