import { basename, dirname, join } from 'node:path';
import { ownFolder, quarantineFolder } from '../../domain/placement.ts';
import { removeIfEmpty, statIfExists, unlinkIfExists } from '../../lib/fs/file-operations.ts';
import type { FileSystem } from '../../lib/fs/file-system.ts';
import type { Quarantined, Store } from '../../storage/store.ts';
import { moveBack } from './move-back.ts';

export interface ReleaseParts {
  readonly store: Store;
  readonly files: FileSystem;
  readonly library: string;
}

/** Moves files back to the inbox for a retry requested by a person, and forgets the quarantine entries. */
export async function releaseRequested({ store, files, library }: ReleaseParts): Promise<number> {
  const wanted = (await store.quarantine.all()).filter(({ state }) => state === 'returning');
  for (const one of wanted) {
    const folder = `${library}/${ownFolder}/../${quarantineFolder(one.id)}`;
    const draft = join(dirname(one.source), `.framesort-back-${one.id}`);
    await moveBack(`${folder}/${await nameIn(folder, one, files)}`, one.source, draft, files);
    await clear(folder, files);
    await store.quarantine.release([one]);
  }
  return wanted.length;
}

/** Returns the original name if people did not rename the file. */
async function nameIn(folder: string, { source }: Quarantined, files: FileSystem): Promise<string> {
  const entries = (await statIfExists(files, folder)) === undefined ? [] : await files.readFolder(folder);
  const names = entries.map(({ name }) => name).filter((name) => name !== 'reason.json');
  return names.length === 1 ? (names[0] as string) : basename(source);
}

/** Removes our own notes. Keeps a folder with files of people. */
async function clear(folder: string, files: FileSystem): Promise<void> {
  await unlinkIfExists(files, `${folder}/reason.json`);
  await removeIfEmpty(files, folder);
}
