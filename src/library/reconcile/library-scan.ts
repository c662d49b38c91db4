import { join } from 'node:path';
import type { FrameId } from '../../domain/frame.ts';
import type { GroupId } from '../../domain/group.ts';
import { isSystemName } from '../../domain/ignored-names.ts';
import { fileTrace, linkTrace, type UnknownFile } from '../../domain/library-diff.ts';
import { isTempName, markerFile } from '../../domain/placement.ts';
import { append } from '../../lib/append.ts';
import type { Clock } from '../../lib/async/clock.ts';
import { codeOf } from '../../lib/errors.ts';
import { inodeOf, statIfExists } from '../../lib/fs/file-operations.ts';
import type { Entry, FileStats, FileSystem } from '../../lib/fs/file-system.ts';
import type { FrameRecord, StoreReader } from '../../storage/store.ts';
import { type GroupFolder, InFlightFiles, type MissingFrame } from './in-flight.ts';

export interface LibraryScanParts {
  readonly store: StoreReader;
  readonly files: FileSystem;
  readonly library: string;
  readonly clock: Pick<Clock, 'passed'>;
}

export type UntrackedFile = Omit<UnknownFile, 'fingerprint'> & {
  readonly sizeBytes: number;
  /** The file has a single name. */
  readonly isAlone: boolean;
};

export interface LibraryDiff {
  readonly missing: MissingFrame[];
  readonly untracked: UntrackedFile[];
  /** Groups with a file in transit. */
  readonly groupsInTransit: ReadonlySet<GroupId>;
  /** Folders that cannot be read. */
  readonly closed: string[];
  /** Hidden paths of the placer, perhaps of an operation under way. */
  readonly aside: string[];
}

/** Findings in a folder. */
type InFolder = Pick<LibraryDiff, 'missing' | 'untracked' | 'aside'>;

/** State of a folder without findings. */
interface FolderState {
  readonly mtimeMs: number;
  /** Time of the first scan with that mtime. */
  readonly sinceMs: number;
  readonly isUnchanged: boolean;
}

/** Folders scanned in parallel: fewer cost more time, and many more would delay other file operations. */
const foldersAtOnce = 16;

/** An error of a single folder (no permission, damage): the other folders are still valid. */
const ofOneFolder = new Set(['EACCES', 'EPERM', 'EIO', 'EBADMSG']);

/** The coarsest clock of a file system in use (FAT). */
const tickMs = 2_000;

/**
 * Compares the library's folders with the store. Finds frames missing from their places and files unknown to
 * the store. An unchanged folder costs one stat.
 */
export class LibraryScan {
  readonly #parts: LibraryScanParts;
  readonly #inFlight: InFlightFiles;
  readonly #folders = new Map<string, FolderState>();

  constructor(parts: LibraryScanParts) {
    this.#parts = parts;
    this.#inFlight = new InFlightFiles(parts);
  }

  /** Whether the library's disk is there. */
  async isThere(): Promise<boolean> {
    return (await this.#look(markerFile)) !== undefined;
  }

  /** The next scan reads these folders again, whatever their mtimes. */
  forget(folders: Iterable<string>): void {
    for (const folder of folders) this.#folders.delete(folder);
  }

  async diff(groups: Iterable<GroupFolder>): Promise<LibraryDiff> {
    const byFolder = foldersOf(groups);
    const result: LibraryDiff = {
      missing: [],
      untracked: [],
      groupsInTransit: new Set(),
      closed: [],
      aside: [],
    };
    const folders = await this.#groupFolders(byFolder);
    for (let at = 0; at < folders.length; at += foldersAtOnce) {
      const some = folders.slice(at, at + foldersAtOnce);
      const found = await Promise.all(some.map((folder) => this.#inFolder(folder, byFolder.get(folder))));
      found.forEach((one, i) => {
        if (one === 'closed') result.closed.push(some[i] as string);
        else if (one !== undefined) add(one, result);
      });
    }
    for (const folder of folders) byFolder.delete(folder);
    const none: ReadonlySet<FrameId> = new Set();
    for (const group of byFolder.values()) append(result.missing, await this.#missingOf(group, none));
    if (result.untracked.length > 0) {
      append(result.missing, await this.#inFlight.takenFromPlacing());
      const known = new Set(result.missing.map(({ frame }) => frame));
      const traces = new Set(result.untracked.flatMap((untrackedFile) => untrackedFile.traces));
      const { taken, groupsInTransit } = await this.#inFlight.takenFromMoves(known, traces);
      append(result.missing, taken);
      return { ...result, groupsInTransit };
    }
    return result;
  }

  /**
   * Returns whether the scan missed files: during the scan somebody may have moved a file from an unread
   * folder to a read folder.
   */
  async hasMore(groups: Iterable<GroupFolder>, seen: readonly UntrackedFile[]): Promise<boolean> {
    const byFolder = foldersOf(groups);
    const paths = new Set(seen.map(({ folder, name }) => join(folder, name)));
    for (const folder of await this.#groupFolders(byFolder)) {
      const entries = await this.#listed(folder);
      if (entries === undefined) return true;
      const [, unknown] = await this.#known(byFolder.get(folder), entries);
      if (unknown.some((name) => !paths.has(join(folder, name)))) return true;
    }
    return false;
  }

  /** Undefined if the folder is not there any more. */
  async #listed(folder: string): Promise<readonly Entry[] | undefined> {
    try {
      return await this.#parts.files.readFolder(join(this.#parts.library, folder));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** A recycle bin is no group, unless a group has that name already. */
  async #groupFolders(known: ReadonlyMap<string, GroupFolder>): Promise<string[]> {
    const entries = await this.#parts.files.readFolder(this.#parts.library);
    const folders = entries.filter(isGroups).map(({ name }) => name);
    return folders.filter((name) => known.has(name) || !isSystemName(name));
  }

  /** Returns undefined if nothing changed. */
  async #inFolder(folder: string, group: GroupFolder | undefined): Promise<InFolder | 'closed' | undefined> {
    try {
      const facts = await this.#look(folder);
      if (facts === undefined || this.#isUnchanged(folder, facts)) return undefined;
      return await this.#compareFolder(folder, group, facts);
    } catch (error) {
      if (ofOneFolder.has(codeOf(error) ?? '')) return 'closed';
      throw error;
    }
  }

  async #compareFolder(
    folder: string,
    group: GroupFolder | undefined,
    facts: FileStats,
  ): Promise<InFolder | undefined> {
    const entries = await this.#listed(folder);
    if (entries === undefined) return undefined;
    const [here, unknown] = await this.#known(group, entries);
    const untracked = await Promise.all(unknown.map((name) => this.#untrackedFile(folder, name)));
    const missing = group === undefined ? [] : await this.#missingOf(group, here);
    const aside = entries.filter(isTemp).map(({ name }) => join(this.#parts.library, folder, name));
    if (unknown.length + missing.length + aside.length === 0) this.#markUnchanged(folder, facts);
    else this.#folders.delete(folder);
    return { missing, untracked: untracked.filter((untrackedFile) => untrackedFile !== undefined), aside };
  }

  /** Returns the frames with a name in the folder, and the names without a frame. */
  async #known(
    group: GroupFolder | undefined,
    entries: readonly Entry[],
  ): Promise<[here: Set<FrameId>, unknown: string[]]> {
    const [here, unknown] = [new Set<FrameId>(), [] as string[]];
    const planned = new Set(await this.#parts.store.frames.planned());
    for (const { name } of entries.filter(isAnybodys)) {
      const frame = group && (await this.#parts.store.frames.at(group.id, name));
      if (
        group === undefined ||
        frame === undefined ||
        (await this.#inFlight.isTaken({ frame, group, name, planned }))
      )
        unknown.push(name);
      else here.add(frame);
    }
    return [here, unknown];
  }

  #isUnchanged(folder: string, { mtimeMs }: FileStats): boolean {
    const before = this.#folders.get(folder);
    return before?.isUnchanged === true && before.mtimeMs === mtimeMs;
  }

  /**
   * Two changes within a tick of the file system's clock leave the same mtime. So an mtime counts only when
   * it is old enough.
   */
  #markUnchanged(folder: string, { mtimeMs }: FileStats): void {
    const passedMs = this.#parts.clock.passed();
    const before = this.#folders.get(folder);
    const isSame = before?.mtimeMs === mtimeMs;
    const sinceMs = isSame ? before.sinceMs : passedMs;
    this.#folders.set(folder, { mtimeMs, sinceMs, isUnchanged: isSame && passedMs - sinceMs >= tickMs });
  }

  async #missingOf(group: GroupFolder, here: ReadonlySet<FrameId>): Promise<MissingFrame[]> {
    const { store } = this.#parts;
    const elsewhere = (await store.groups.members(group.id)).filter((frame) => !here.has(frame));
    const absent = Array.from((await store.frames.getMany(elsewhere)).values()).filter(isPlaced);
    const looked = await Promise.all(
      absent.map(({ placement: { folder, name } }) => this.#look(join(folder, name))),
    );
    // Placed since the folder was listed: not missing.
    const lost = absent.filter((_, i) => looked[i] === undefined);
    return (await Promise.all(lost.map((filing) => this.#inFlight.lost(filing)))).filter(
      (one) => one !== undefined,
    );
  }

  async #untrackedFile(folder: string, name: string): Promise<UntrackedFile | undefined> {
    const facts = await this.#look(join(folder, name));
    if (facts === undefined) return undefined;
    const [fileId, { sizeBytes, kind }] = [inodeOf(facts), facts];
    const path = join(this.#parts.library, folder, name);
    const traces =
      kind === 'link'
        ? [fileId, linkTrace(await this.#parts.files.readLink(path))]
        : [fileTrace(fileId, sizeBytes)];
    return { folder, name, fileId, traces, sizeBytes, isAlone: kind === 'file' && facts.links === 1 };
  }

  /** Reads content only if the inode is unknown and a missing frame has the same size. */
  async identified(
    untracked: readonly UntrackedFile[],
    missing: readonly MissingFrame[],
  ): Promise<UnknownFile[]> {
    const traces = new Set(missing.flatMap((lost) => lost.traces));
    const sizes = new Set(missing.map(({ sizeBytes }) => sizeBytes));
    const { files, library } = this.#parts;
    return Promise.all(
      untracked.map(async ({ sizeBytes, isAlone: _, ...untrackedFile }) => {
        const needsHash = !untrackedFile.traces.some((trace) => traces.has(trace)) && sizes.has(sizeBytes);
        return {
          ...untrackedFile,
          fingerprint: needsHash
            ? await files.hash(join(library, untrackedFile.folder, untrackedFile.name))
            : undefined,
        };
      }),
    );
  }

  #look(path: string): Promise<FileStats | undefined> {
    return statIfExists(this.#parts.files, join(this.#parts.library, path));
  }
}

function foldersOf(groups: Iterable<GroupFolder>): Map<string, GroupFolder> {
  return new Map(Array.from(groups, (group) => [group.folder, group]));
}

function isGroups({ name, kind }: Entry): boolean {
  return kind === 'folder' && !name.startsWith('.');
}

function add({ missing, untracked, aside }: InFolder, result: LibraryDiff): void {
  append(result.missing, missing);
  append(result.untracked, untracked);
  append(result.aside, aside);
}

function isPlaced({ placement }: FrameRecord): boolean {
  return placement.state === 'placed';
}

function isTemp({ name, kind }: Entry): boolean {
  return kind === 'file' && isTempName(name);
}

/** Returns false for a hidden name of the placer. */
function isAnybodys({ name, kind }: Entry): boolean {
  return kind !== 'folder' && !isTempName(name);
}
