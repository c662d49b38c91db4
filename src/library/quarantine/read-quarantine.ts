import type { FrameErrorReason } from '../../domain/frame-error.ts';
import { ownFolder, quarantineFolder } from '../../domain/placement.ts';
import { codeOf } from '../../lib/errors.ts';
import type { FileSystem } from '../../lib/fs/file-system.ts';
import type { Quarantined } from '../../storage/store.ts';

interface Reason {
  readonly source: string;
  readonly reason: FrameErrorReason;
  readonly message: string;
  readonly when: string;
}

/** Returns the content of a library's quarantine, from the notes beside the files. */
export async function readQuarantined(library: string, files: FileSystem): Promise<Quarantined[]> {
  const all: Quarantined[] = [];
  for (const name of await foldersIn(`${library}/${ownFolder}/quarantine`, files)) {
    const id = Number(name);
    if (!Number.isInteger(id)) continue;
    const { source, reason, message, when } = await noteIn(`${library}/${quarantineFolder(id)}`, files);
    all.push({ id, source, identity: '', reason, message, whenMs: Date.parse(when), state: 'placed' });
  }
  return all;
}

async function foldersIn(folder: string, files: FileSystem): Promise<string[]> {
  try {
    return (await files.readFolder(folder)).map(({ name }) => name);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

async function noteIn(folder: string, files: FileSystem): Promise<Reason> {
  try {
    return JSON.parse((await files.read(`${folder}/reason.json`)).bytes.toString('utf8'));
  } catch {
    const message = 'its note is missing or was damaged';
    return { source: folder, reason: 'damaged', message, when: new Date(0).toISOString() };
  }
}
