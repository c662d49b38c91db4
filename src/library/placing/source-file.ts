import { basename, dirname, join } from 'node:path';
import { nameForAttempt, tempName } from '../../domain/placement.ts';
import { codeOf, OneFileError } from '../../lib/errors.ts';
import { toBytes } from '../../lib/fs/byte-path.ts';
import { giveName, sameFile, statIfExists, unlinkIfExists } from '../../lib/fs/file-operations.ts';
import type { FileStats, FileSystem } from '../../lib/fs/file-system.ts';
import type { PlaceOrder } from './place-order.ts';

/**
 * The inbox's side of an order. Between any look at the source and what is done to it, another picture can come under
 * its name: so each act looks afterwards what it met, and gives back what is not ours to file.
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

/** Removes the source's name; takes it aside first, then looks what it took. ENOENT when it is not there, or its folder. */
export async function unlinkSource(order: PlaceOrder, files: FileSystem): Promise<void> {
  const aside = tempNameOf(order);
  await takeFrom(order.source, aside, files);
  try {
    await dealWith(order, await files.stat(aside), files);
  } catch (error) {
    // A folder that somebody renamed at this moment has it still.
    const isThere = (await statIfExists(files, dirname(aside))) !== undefined;
    if (codeOf(error) !== 'ENOENT' || !isThere) throw error;
    await assertGone(aside, files);
  }
}

/** Ends what a crash left between the two steps of unlinkSource. */
export async function finishUnlink(order: PlaceOrder, files: FileSystem): Promise<void> {
  await dealWith(order, await statIfExists(files, tempNameOf(order)), files);
}

/** The ordered file itself, where we took it aside, which is done when its target is there; undefined where it is not. */
export async function statTempName(order: PlaceOrder, files: FileSystem): Promise<FileStats | undefined> {
  const aside = await statIfExists(files, tempNameOf(order));
  return aside?.identity === order.identity ? aside : undefined;
}

/** The order is given up: what was taken aside comes back, whatever it is. */
export async function restoreTakenName(order: PlaceOrder, files: FileSystem): Promise<void> {
  const aside = tempNameOf(order);
  if ((await statIfExists(files, aside)) !== undefined) await restoreName(order.source, aside, files);
}

/** A file that a failing disk or share hides for a moment would come as a new picture afterwards. */
export async function assertGone(path: string, files: FileSystem): Promise<void> {
  const around = dirname(path);
  const entries = (await statIfExists(files, around)) === undefined ? [] : await files.readFolder(around);
  if (entries.some(({ name }) => name === basename(path)))
    throw new OneFileError(`look at ${path}: its folder has it, and yet it is said not to be there`);
}

/** Renames a file; tells in plain words when its folder does not let it go. */
export async function takeFrom(path: string, to: string, files: FileSystem): Promise<void> {
  try {
    await files.renameOver(path, to);
  } catch (error) {
    const code = codeOf(error) ?? '';
    if (!held.has(code)) throw error;
    const message = `take ${path} from its folder: it is not allowed to (${code}); it stays there until it is`;
    throw new OneFileError(message, { cause: error });
  }
}

const held = new Set(['EACCES', 'EPERM', 'EROFS']);

async function dealWith(order: PlaceOrder, taken: FileStats | undefined, files: FileSystem): Promise<void> {
  if (taken?.identity === order.identity) await files.unlink(tempNameOf(order));
  else if (taken !== undefined) await restoreName(order.source, tempNameOf(order), files);
}

/** Under its name, or the next one that is free; where a failing disk kept both names, the hidden one goes. */
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
