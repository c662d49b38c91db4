import { basename, dirname, join } from 'node:path';
import { ownFolder, quarantineFolder } from '../../domain/placement.ts';
import { lookOrNothing, removeIfEmpty, unlinkIfThere } from '../../lib/fs/file-operations.ts';
import type { Files } from '../../lib/fs/file-system.ts';
import type { Quarantined, Store } from '../../storage/store.ts';
import { bringBack } from './move-back.ts';

export interface ReturningParts {
  readonly store: Store;
  readonly files: Files;
  readonly library: string;
}

/** Brings back to the inbox what a person wants to be tried again, and forgets that it was in quarantine. */
export async function returnWanted({ store, files, library }: ReturningParts): Promise<number> {
  const wanted = Array.from(store.quarantined()).filter(({ state }) => state === 'returning');
  for (const one of wanted) {
    const folder = `${library}/${ownFolder}/../${quarantineFolder(one.id)}`;
    const draft = join(dirname(one.source), `.framesort-back-${one.id}`);
    await bringBack(`${folder}/${await nameIn(folder, one, files)}`, one.source, draft, files);
    await clear(folder, files);
    store.release([one]);
  }
  return wanted.length;
}

/** Its own name, where people did not rename it. */
async function nameIn(folder: string, { source }: Quarantined, files: Files): Promise<string> {
  const entries = (await lookOrNothing(files, folder)) === undefined ? [] : await files.list(folder);
  const names = entries.map(({ name }) => name).filter((name) => name !== 'reason.json');
  return names.length === 1 ? (names[0] as string) : basename(source);
}

/** What was beside the file was ours; a folder that people put something into stays. */
async function clear(folder: string, files: Files): Promise<void> {
  await unlinkIfThere(files, `${folder}/reason.json`);
  await removeIfEmpty(files, folder);
}
