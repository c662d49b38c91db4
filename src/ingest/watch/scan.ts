import { join } from 'node:path';
import { isTempName } from '../../domain/placement.ts';
import type { Clock } from '../../lib/async/clock.ts';
import { codeOf } from '../../lib/errors.ts';
import { inodeOf } from '../../lib/fs/file-operations.ts';
import type { Entry, FileStats, FileSystem } from '../../lib/fs/file-system.ts';

export interface FolderScanParts {
  readonly files: FileSystem;
  readonly clock: Clock;
  /** Returns whether to consider a file or folder with the name. */
  readonly isAccepted: (name: string) => boolean;
  /** Folders to skip. */
  readonly outside: readonly string[];
  /** Resolves when the folder is watched. Later files in the folder come as hints. */
  readonly watch: (folder: string) => Promise<void>;
  readonly unwatch: (folder: string) => Promise<void>;
  /** Resolves when the intake took the file, or when the signal aborted. */
  readonly offer: (path: string, signal: AbortSignal) => Promise<void>;
  /** Called for a hidden name of ours, perhaps in use. */
  readonly onTempFile: (path: string) => void;
}

/**
 * `all`: every folder. `first`: the first folder, and changed folders below. `changed`: changed folders only.
 */
export type ScanDepth = 'all' | 'first' | 'changed';

/** Known facts of a folder. */
interface Known {
  readonly inode: string;
  /** The mtime at the last listing; undefined if the mtime does not prove that the folder is unchanged. */
  mtimeMs: number | undefined;
  folders: readonly string[];
  /** Entries that are neither picture nor folder, with the reason. */
  ignored: ReadonlyMap<string, string>;
}

/**
 * Some file systems count time in steps of 2 s: a younger mtime may stand for changes after the listing too.
 */
const stampMs = 2_500;

/**
 * The truth behind the hints: offers every file below a folder, by the bytes of the names. Watches a folder
 * before listing the folder, so that no file is missed in between. Never follows symbolic links.
 */
export class FolderScan {
  readonly #root: string;
  readonly #parts: FolderScanParts;
  readonly #known = new Map<string, Known>();

  constructor(root: string, parts: FolderScanParts) {
    this.#root = root;
    this.#parts = parts;
  }

  get folders(): readonly string[] {
    return Array.from(this.#known.keys());
  }

  /** Yields ignored entries, with reasons. */
  *ignored(): Iterable<readonly [string, string]> {
    for (const { ignored } of this.#known.values()) yield* ignored;
  }

  knows(folder: string): boolean {
    return this.#known.has(folder);
  }

  /** Returns whether the folder is still the watched folder. */
  isSame(folder: string, facts: FileStats): boolean {
    return this.#known.get(folder)?.inode === inodeOf(facts);
  }

  /** The root may be a link to a folder. Throws the system's error. */
  readRoot(folder: string): Promise<FileStats> {
    return this.#parts.files.stat(folder === this.#root ? `${folder}/.` : folder);
  }

  async scan(folder: string, depth: ScanDepth, signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#parts.outside.includes(folder)) return;
    const facts = await this.readRoot(folder).catch(() => undefined);
    if (facts?.kind !== 'folder') return this.forget(folder);
    const known = await this.#enter(folder, facts);
    const isUnchanged = depth === 'changed' && known.mtimeMs === facts.mtimeMs;
    if (!isUnchanged) return this.#list(folder, facts, known, depth === 'all' ? 'all' : 'changed', signal);
    for (const one of known.folders) await this.scan(one, depth, signal);
  }

  /** The folder is gone or replaced, like all folders below. */
  async forget(folder: string): Promise<void> {
    const known = this.#known.get(folder);
    if (known === undefined) return;
    this.#known.delete(folder);
    await this.#parts.unwatch(folder);
    for (const one of known.folders) await this.forget(one);
  }

  async #enter(folder: string, facts: FileStats): Promise<Known> {
    const known = this.#known.get(folder);
    if (known !== undefined && this.isSame(folder, facts)) return known;
    await this.forget(folder);
    await this.#parts.watch(folder);
    const entered = { inode: inodeOf(facts), mtimeMs: undefined, folders: [], ignored: new Map() };
    this.#known.set(folder, entered);
    return entered;
  }

  async #list(
    folder: string,
    { mtimeMs }: FileStats,
    known: Known,
    below: ScanDepth,
    signal: AbortSignal,
  ): Promise<void> {
    const listedMs = this.#parts.clock.now();
    const entries = await this.#listOrReason(folder);
    const ignored = new Map(typeof entries === 'string' ? [[folder, entries]] : []);
    const folders: string[] = [];
    for (const { name, kind } of typeof entries === 'string' ? [] : entries) {
      if (signal.aborted) return;
      const path = join(folder, name);
      if (kind === 'file' && isTempName(name)) this.#parts.onTempFile(path);
      if (!this.#parts.isAccepted(name)) continue;
      if (kind === 'folder') folders.push(path);
      if (kind === 'folder') await this.scan(path, below, signal);
      else if (kind === 'file') await this.#parts.offer(path, signal);
      else ignored.set(path, kind === 'link' ? 'symbolic links are not followed' : 'no regular file');
    }
    for (const gone of known.folders) if (!folders.includes(gone)) await this.forget(gone);
    const isTelling = typeof entries !== 'string' && listedMs - mtimeMs > stampMs;
    Object.assign(known, { folders, ignored: ignored, mtimeMs: isTelling ? mtimeMs : undefined });
  }

  async #listOrReason(folder: string): Promise<readonly Entry[] | string> {
    try {
      return await this.#parts.files.readFolder(folder);
    } catch (error) {
      return `the folder can't be listed (${codeOf(error) ?? error})`;
    }
  }
}
