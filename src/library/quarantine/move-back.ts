import { basename, dirname, join } from 'node:path';
import { nameForAttempt } from '../../domain/placement.ts';
import { codeOf, TransientError } from '../../lib/errors.ts';
import { toBytes } from '../../lib/fs/byte-path.ts';
import { giveName, sameFile, statIfExists, unlinkIfExists } from '../../lib/fs/file-operations.ts';
import type { FileSystem } from '../../lib/fs/file-system.ts';

/**
 * Moves a file of the library back to its source, or to the next free name there. Never replaces a file.
 * Repeating the call after a crash changes nothing: the hidden name `draft` beside the target tells the
 * progress.
 */
export async function moveBack(from: string, to: string, draft: string, files: FileSystem): Promise<void> {
  if ((await statIfExists(files, from)) !== undefined) {
    await files.makeFolder(dirname(to));
    await fillDraft(from, draft, files);
    await nameDraft(draft, to, files);
    await files.syncFolder(dirname(to));
    await files.unlink(from);
  }
  await unlinkIfExists(files, draft);
}

async function fillDraft(from: string, draft: string, files: FileSystem): Promise<void> {
  if (await isNamed(draft, files)) return;
  await unlinkIfExists(files, draft);
  try {
    await files.link(from, draft);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw error;
    await files.copyOver(from, draft, 'copy');
    if ((await files.hash(draft)) !== (await files.hash(from)))
      throw new TransientError(`copy ${from}: the copy differs`);
  }
}

/** A draft with a second name was moved back before a crash. */
async function isNamed(draft: string, files: FileSystem): Promise<boolean> {
  const facts = await statIfExists(files, draft);
  return facts !== undefined && facts.links > 1 && (await namesOf(draft, files)).length > 0;
}

async function namesOf(draft: string, files: FileSystem): Promise<string[]> {
  const facts = await files.stat(draft);
  const folder = dirname(draft);
  const names = (await files.readFolder(folder))
    .map(({ name }) => join(folder, name))
    .filter((path) => path !== draft);
  const looked = await Promise.all(names.map((path) => statIfExists(files, path)));
  return names.filter((_, at) => looked[at] !== undefined && sameFile(looked[at], facts));
}

async function nameDraft(draft: string, wanted: string, files: FileSystem): Promise<void> {
  if (await isNamed(draft, files)) return;
  for (let attempt = 1; ; attempt++) {
    const name = nameForAttempt(basename(wanted), attempt, (text) => toBytes(text).length);
    const path = join(dirname(wanted), name);
    if ((await statIfExists(files, path)) === undefined) return giveName(files, draft, path);
  }
}
