import { join } from 'node:path';
import { codeOf } from '../lib/errors.ts';
import type { Entry, Files } from '../lib/files.ts';

export interface ScanOptions {
  /** Whether a file or folder of this name is looked at. */
  readonly isWanted: (name: string) => boolean;
  /** Folders that are not entered, wherever they lie. */
  readonly outside: readonly string[];
}

export type Found =
  | { readonly kind: 'file'; readonly path: string }
  /** Neither picture nor folder (link, pipe, device…), or a folder that can't be read: left alone, told once. */
  | { readonly kind: 'odd'; readonly path: string; readonly reason: string };

/** Everything below `folder`, by the bytes of the names; symbolic links are never followed. */
export async function* scan(folder: string, files: Files, options: ScanOptions): AsyncGenerator<Found> {
  if (options.outside.includes(folder)) return;
  const entries = await listOrReason(folder, files);
  if (typeof entries === 'string') {
    yield { kind: 'odd', path: folder, reason: entries };
    return;
  }
  for (const { name, kind } of entries) {
    if (!options.isWanted(name)) continue;
    const path = join(folder, name);
    if (kind === 'file') yield { kind: 'file', path };
    else if (kind === 'folder') yield* scan(path, files, options);
    else
      yield {
        kind: 'odd',
        path,
        reason: kind === 'link' ? 'symbolic links are not followed' : 'no regular file',
      };
  }
}

async function listOrReason(folder: string, files: Files): Promise<readonly Entry[] | string> {
  try {
    return await files.list(folder);
  } catch (error) {
    return `the folder can't be listed (${codeOf(error) ?? error})`;
  }
}
