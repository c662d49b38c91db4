import { ownFolder } from '../../domain/placement.ts';
import type { FileSystem } from '../../lib/fs/file-system.ts';
import { type Manifest, readManifest } from './manifest-format.ts';

/** A group's folder on disk: files, and the content of manifests. */
export interface ToldFolder {
  readonly name: string;
  readonly files: readonly string[];
  readonly manifests: readonly Manifest[];
}

/** Returns all folders of a library that may be groups. */
export async function readFolders(library: string, files: FileSystem): Promise<ToldFolder[]> {
  const folders: ToldFolder[] = [];
  for (const { name, kind } of await files.readFolder(library))
    if (kind === 'folder' && !name.startsWith('.')) folders.push(await readFolder(library, name, files));
  return folders;
}

async function readFolder(library: string, name: string, files: FileSystem): Promise<ToldFolder> {
  const entries = await files.readFolder(`${library}/${name}`);
  const inside = entries.filter(
    ({ kind, name: file }) => (kind === 'file' || kind === 'link') && !file.startsWith('.'),
  );
  const hasOwn = entries.some((entry) => entry.name === ownFolder && entry.kind === 'folder');
  return {
    name,
    files: inside.map((entry) => entry.name),
    manifests: hasOwn ? await readManifests(`${library}/${name}/${ownFolder}`, files) : [],
  };
}

async function readManifests(folder: string, files: FileSystem): Promise<Manifest[]> {
  const manifests: Manifest[] = [];
  for (const { name } of await files.readFolder(folder)) {
    if (!/^group-\d+\.jsonl$/.test(name)) continue;
    const manifest = readManifest((await files.read(`${folder}/${name}`)).bytes.toString('utf8'));
    if (manifest !== undefined) manifests.push(manifest);
  }
  return manifests;
}
