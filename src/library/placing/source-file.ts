import { basename, dirname, join } from 'node:path';
import { nameForAttempt, tempName } from '../../domain/placement.ts';
import { codeOf, OneFileError } from '../../lib/errors.ts';
import { toBytes } from '../../lib/fs/byte-path.ts';
import { giveName, sameFile, statIfExists, unlinkIfExists } from '../../lib/fs/file-operations.ts';
import type { FileStats, FileSystem } from '../../lib/fs/file-system.ts';
import type { PlaceOrder } from './place-order.ts';

/**
 * The source's side of an order. Between a check of the source and an act, another picture can get the
 * source's name. So each act checks the file afterwards, and gives back a file that was not ordered.
 */

/** Makes the target a second name of the source; the facts of the target. */
export async function linkSource(order: PlaceOrder, path: string, files: FileSystem): Promise<FileStats> {
  await files.link(order.source, path);
  const target = await statIfExists(files, path);
  if (target === undefined)
    throw new OneFileError(`file ${order.source}: somebody took it from ${path} at once`);
  if (target.identity === order.identity) return target;
  const source = await statIfExists(files, order.source);
  if (source !== undefined && sameFile(source, target)) await files.unlink(path);
  else await restoreName(order.source, path, files);
  throw new OneFileError(`file ${order.source}: another picture came in its place`);
}

/**
 * Removes the source's name: first renames the source to a hidden name, then checks the file. Throws ENOENT
 * if the source or its folder is missing.
 */
export async function unlinkSource(order: PlaceOrder, files: FileSystem): Promise<void> {
  const aside = tempNameOf(order);
  await takeFrom(order.source, aside, files);
  try {
    await dealWith(order, await files.stat(aside), files);
  } catch (error) {
    // The file may be in a folder that somebody renamed at this moment.
    const isThere = (await statIfExists(files, dirname(aside))) !== undefined;
    if (codeOf(error) !== 'ENOENT' || !isThere) throw error;
    await assertGone(aside, files);
  }
}

/** Completes the second step of unlinkSource after a crash. */
export async function finishUnlink(order: PlaceOrder, files: FileSystem): Promise<void> {
  await dealWith(order, await statIfExists(files, tempNameOf(order)), files);
}

/**
 * Returns the facts of the ordered file under its hidden name; undefined if the file is not there. The hidden
 * name is obsolete once the target exists.
 */
export async function statTempName(order: PlaceOrder, files: FileSystem): Promise<FileStats | undefined> {
  const aside = await statIfExists(files, tempNameOf(order));
  return aside?.identity === order.identity ? aside : undefined;
}

/** The order is given up: the hidden file gets its name back, whatever the file is. */
export async function restoreTakenName(order: PlaceOrder, files: FileSystem): Promise<void> {
  const aside = tempNameOf(order);
  if ((await statIfExists(files, aside)) !== undefined) await restoreName(order.source, aside, files);
}

/** A failing disk or share may hide a file for a moment. The file would return as a new picture. */
export async function assertGone(path: string, files: FileSystem): Promise<void> {
  const around = dirname(path);
  const entries = (await statIfExists(files, around)) === undefined ? [] : await files.readFolder(around);
  if (entries.some(({ name }) => name === basename(path)))
    throw new OneFileError(`look at ${path}: its folder has it, and yet it is said not to be there`);
}

/** Renames a file. Throws a plain error if the folder does not allow the removal. */
export async function takeFrom(path: string, to: string, files: FileSystem): Promise<void> {
  try {
    await files.renameOver(path, to);
  } catch (error) {
    const code = codeOf(error) ?? '';
    if (!held.has(code)) throw error;
    const message = `take ${path} from its folder: framesort has no permission (${code}); the file stays until the permission is there`;
    throw new OneFileError(message, { cause: error });
  }
}

const held = new Set(['EACCES', 'EPERM', 'EROFS']);

async function dealWith(order: PlaceOrder, taken: FileStats | undefined, files: FileSystem): Promise<void> {
  if (taken?.identity === order.identity) await files.unlink(tempNameOf(order));
  else if (taken !== undefined) await restoreName(order.source, tempNameOf(order), files);
}

/**
 * Restores the name, or the next free name. If a failing disk kept both names, the hidden name is removed.
 */
export async function restoreName(source: string, taken: string, files: FileSystem): Promise<void> {
  const hidden = await files.stat(taken);
  for (let attempt = 1; ; attempt++) {
    const name = nameForAttempt(basename(source), attempt, (text) => toBytes(text).length);
    const path = join(dirname(source), name);
    const there = await statIfExists(files, path);
    if (there !== undefined && !sameFile(there, hidden)) continue;
    if (there === undefined) await giveName(files, taken, path);
    return unlinkIfExists(files, taken);
  }
}

/** A hidden name beside the source. */
function tempNameOf({ source, number }: PlaceOrder): string {
  return join(dirname(source), tempName(number));
}
