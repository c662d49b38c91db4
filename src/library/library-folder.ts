import { randomUUID } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { draftsFolder, markerFile, ownFolder } from '../domain/placement.ts';
import { exitCodes, FatalError, messageOf, TransientError } from '../lib/errors.ts';
import { statIfExists } from '../lib/fs/file-operations.ts';
import type { FileSystem } from '../lib/fs/file-system.ts';
import type { Store } from '../storage/store.ts';

/**
 * Opens the library and returns the id of the library. `expected` is the id in the store. If the marker of
 * another library, or no marker, is there, the disk is not mounted: then framesort concludes nothing from
 * missing files.
 */
export function openLibrary(folder: string, expected: string | undefined): string {
  refuseLink(folder);
  const found = readMarker(folder);
  if (expected === undefined) return found ?? makeLibrary(folder);
  if (found === expected) return found;
  if (found === undefined) {
    throw new TransientError(`open the library ${folder}: its marker ${markerFile} is missing`, {
      hint: 'Mount the disk of the library, or bring the file back.',
    });
  }
  throw new FatalError(
    `open the library ${folder}: the state belongs to another library (${expected}, found ${found})`,
    {
      hint: 'Give each library a state folder of its own.',
      exitCode: exitCodes.configuration,
    },
  );
}

/** All paths into the library lead through the library's own folder and back. */
function refuseLink(folder: string): void {
  const own = join(folder, ownFolder);
  if (!lstatSync(own, { throwIfNoEntry: false })?.isSymbolicLink()) return;
  throw new FatalError(`open the library ${folder}: ${own} is a link`, {
    hint: 'Put the folder itself there. To have the store on another disk, name it with --state or `state`.',
    exitCode: exitCodes.configuration,
  });
}

/** Throws TransientError if the library's marker is missing: the folder is an empty mount point. */
export async function assertMounted(library: string, files: FileSystem): Promise<void> {
  if ((await statIfExists(files, join(library, markerFile))) !== undefined) return;
  throw new TransientError(`file into ${library}: its marker ${markerFile} is missing`, {
    hint: 'Mount the disk of the library, or bring the file back.',
  });
}

/** Returns whether the library takes a new file. Creates a hidden file and removes the file again. */
export async function takesFiles(library: string, files: FileSystem): Promise<boolean> {
  const trial = join(library, draftsFolder, 'trial');
  try {
    await files.makeFolder(join(library, draftsFolder));
    await files.append(trial, '');
    await files.unlink(trial);
    return true;
  } catch {
    return false;
  }
}

function makeLibrary(folder: string): string {
  const id = randomUUID();
  try {
    mkdirSync(join(folder, ownFolder), { recursive: true });
    const draft = join(folder, `${markerFile}.draft`);
    writeFileSync(draft, `${JSON.stringify({ library: id, made: new Date().toISOString() })}\n`);
    renameSync(draft, join(folder, markerFile));
    return id;
  } catch (error) {
    throw new FatalError(`make the library ${folder}: ${messageOf(error)}`, {
      cause: error,
      hint: 'Name a folder that may be written.',
      exitCode: exitCodes.configuration,
    });
  }
}

function readMarker(folder: string): string | undefined {
  const path = join(folder, markerFile);
  if (!existsSync(path)) return undefined;
  try {
    return String(JSON.parse(readFileSync(path, 'utf8')).library);
  } catch (error) {
    throw new FatalError(`read ${path}: ${messageOf(error)}`, {
      cause: error,
      hint: 'Put the file back from a backup; it names the library.',
      exitCode: exitCodes.configuration,
    });
  }
}

/** Opens the library of the store. Creates a library for a new store. */
export async function openOwnLibrary(folder: string, store: Store): Promise<void> {
  const expected = (await store.settings.get('library'))?.toString('utf8');
  const found = openLibrary(folder, expected);
  if (expected === undefined) await store.settings.put('library', Buffer.from(found));
}
