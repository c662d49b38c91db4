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

/** Brings back to the inbox what a person wants to be tried again, and forgets that it was in quarantine. */
export async function releaseRequested({ store, files, library }: ReleaseParts): Promise<number> {
  const wanted = Array.from(store.quarantined()).filter(({ state }) => state === 'returning');
  for (const one of wanted) {
    const folder = `${library}/${ownFolder}/../${quarantineFolder(one.id)}`;
    const draft = join(dirname(one.source), `.framesort-back-${one.id}`);
    await moveBack(`${folder}/${await nameIn(folder, one, files)}`, one.source, draft, files);
    await clear(folder, files);
    store.release([one]);
  }
  return wanted.length;
}

/** Its own name, where people did not rename it. */
async function nameIn(folder: string, { source }: Quarantined, files: FileSystem): Promise<string> {
  const entries = (await statIfExists(files, folder)) === undefined ? [] : await files.readFolder(folder);
  const names = entries.map(({ name }) => name).filter((name) => name !== 'reason.json');
  return names.length === 1 ? (names[0] as string) : basename(source);
}

/** What was beside the file was ours; a folder that people put something into stays. */
async function clear(folder: string, files: FileSystem): Promise<void> {
  await unlinkIfExists(files, `${folder}/reason.json`);
  await removeIfEmpty(files, folder);
}
