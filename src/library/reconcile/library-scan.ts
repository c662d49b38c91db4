import { join } from 'node:path';
import type { FrameId } from '../../domain/frame.ts';
import type { GroupId } from '../../domain/group.ts';
import { fileTrace, linkTrace, type Stray } from '../../domain/library-diff.ts';
import { isAsideName, markerFile } from '../../domain/placement.ts';
import { append } from '../../lib/append.ts';
import type { Clock } from '../../lib/async/clock.ts';
import { codeOf } from '../../lib/errors.ts';
import { lookOrNothing } from '../../lib/fs/file-operations.ts';
import type { Entry, FileFacts, Files } from '../../lib/fs/file-system.ts';
import type { Filing, StoreReader } from '../../storage/store.ts';
import { inodeOf, type LostFiling, OnTheWay, type Place } from './in-flight.ts';

export interface SurveyParts {
  readonly store: StoreReader;
  readonly files: Files;
  readonly library: string;
  readonly clock: Pick<Clock, 'passed'>;
}

export type Found = Omit<Stray, 'fingerprint'> & {
  readonly sizeBytes: number;
  /** A file of one name. */
  readonly isAlone: boolean;
};

export interface Compared {
  readonly missing: LostFiling[];
  readonly strays: Found[];
  /** Groups in whose folders pictures are that are being moved there, or from there. */
  readonly hosts: ReadonlySet<GroupId>;
  /** Folders that may not be read, or can't be. */
  readonly closed: string[];
  /** Paths of files that the placer took aside; it may have them in work. */
  readonly aside: string[];
}

/** What was amiss in one folder. */
type InFolder = Pick<Compared, 'missing' | 'strays' | 'aside'>;

/** A folder in which nothing was amiss. */
interface LookedAt {
  readonly mtimeMs: number;
  /** When that mtime was first seen. */
  readonly sinceMs: number;
  readonly isSettled: boolean;
}

/** Folders that are looked at together: one after the other costs more; with many more, other files would wait for them. */
const foldersAtOnce = 16;

/** A folder that may not be read, or that is damaged on its disk: the others tell nevertheless. */
const ofOneFolder = new Set(['EACCES', 'EPERM', 'EIO', 'EBADMSG']);

/** The coarsest clock of a file system that is in use (FAT). */
const tickMs = 2_000;

/**
 * Compares the library's folders with the store: which frames are not where they were placed, and which files the store
 * does not know there. Folders that did not change since the last look cost one stat each.
 */
export class Survey {
  readonly #parts: SurveyParts;
  readonly #onTheWay: OnTheWay;
  readonly #folders = new Map<string, LookedAt>();

  constructor(parts: SurveyParts) {
    this.#parts = parts;
    this.#onTheWay = new OnTheWay(parts);
  }

  /** Whether the library's disk is there. */
  async isThere(): Promise<boolean> {
    return (await this.#look(markerFile)) !== undefined;
  }

  /** The next look lists these folders again, whatever their times say. */
  forget(folders: Iterable<string>): void {
    for (const folder of folders) this.#folders.delete(folder);
  }

  async compare(groups: Iterable<Place>): Promise<Compared> {
    const byFolder = foldersOf(groups);
    const result: Compared = { missing: [], strays: [], hosts: new Set(), closed: [], aside: [] };
    const folders = await this.#groupFolders();
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
    if (result.strays.length > 0) {
      append(result.missing, await this.#onTheWay.takenFromPlacing());
      const known = new Set(result.missing.map(({ frame }) => frame));
      const traces = new Set(result.strays.flatMap((stray) => stray.traces));
      const { taken, hosts } = await this.#onTheWay.takenFromMoves(known, traces);
      append(result.missing, taken);
      return { ...result, hosts };
    }
    return result;
  }

  /**
   * Whether there are files that a look did not see: while it went on, somebody may have moved them from a folder that it had
   * still to see to one that it had seen.
   */
  async hasMore(groups: Iterable<Place>, seen: readonly Found[]): Promise<boolean> {
    const byFolder = foldersOf(groups);
    const paths = new Set(seen.map(({ folder, name }) => join(folder, name)));
    for (const folder of await this.#groupFolders()) {
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
      return await this.#parts.files.list(join(this.#parts.library, folder));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  async #groupFolders(): Promise<string[]> {
    const entries = await this.#parts.files.list(this.#parts.library);
    return entries.filter(isGroups).map(({ name }) => name);
  }

  /** Undefined where nothing changed. */
  async #inFolder(folder: string, group: Place | undefined): Promise<InFolder | 'closed' | undefined> {
    try {
      const facts = await this.#look(folder);
      if (facts === undefined || this.#isSettled(folder, facts)) return undefined;
      return await this.#compareFolder(folder, group, facts);
    } catch (error) {
      if (ofOneFolder.has(codeOf(error) ?? '')) return 'closed';
      throw error;
    }
  }

  async #compareFolder(
    folder: string,
    group: Place | undefined,
    facts: FileFacts,
  ): Promise<InFolder | undefined> {
    const entries = await this.#listed(folder);
    if (entries === undefined) return undefined;
    const [here, unknown] = await this.#known(group, entries);
    const strays = await Promise.all(unknown.map((name) => this.#stray(folder, name)));
    const missing = group === undefined ? [] : await this.#missingOf(group, here);
    const aside = entries.filter(isAside).map(({ name }) => join(this.#parts.library, folder, name));
    if (unknown.length + missing.length + aside.length === 0) this.#settle(folder, facts);
    else this.#folders.delete(folder);
    return { missing, strays: strays.filter((stray) => stray !== undefined), aside };
  }

  /** Frames whose names are in the folder, and names that no frame has there. */
  async #known(
    group: Place | undefined,
    entries: readonly Entry[],
  ): Promise<[here: Set<FrameId>, unknown: string[]]> {
    const [here, unknown] = [new Set<FrameId>(), [] as string[]];
    const planned = new Set(this.#parts.store.planned());
    for (const { name } of entries.filter(isAnybodys)) {
      const frame = group && this.#parts.store.frameAt(group.id, name);
      if (
        group === undefined ||
        frame === undefined ||
        (await this.#onTheWay.isTaken({ frame, group, name, planned }))
      )
        unknown.push(name);
      else here.add(frame);
    }
    return [here, unknown];
  }

  #isSettled(folder: string, { mtimeMs }: FileFacts): boolean {
    const before = this.#folders.get(folder);
    return before?.isSettled === true && before.mtimeMs === mtimeMs;
  }

  /** Two changes within one tick of the file system's clock leave the same mtime: it counts when it is no longer new. */
  #settle(folder: string, { mtimeMs }: FileFacts): void {
    const passedMs = this.#parts.clock.passed();
    const before = this.#folders.get(folder);
    const isSame = before?.mtimeMs === mtimeMs;
    const sinceMs = isSame ? before.sinceMs : passedMs;
    this.#folders.set(folder, { mtimeMs, sinceMs, isSettled: isSame && passedMs - sinceMs >= tickMs });
  }

  async #missingOf(group: Place, here: ReadonlySet<FrameId>): Promise<LostFiling[]> {
    const { store } = this.#parts;
    const elsewhere = Array.from(store.members(group.id)).filter((frame) => !here.has(frame));
    const absent = elsewhere.map((frame) => store.filing(frame)).filter(isPlaced);
    const looked = await Promise.all(
      absent.map(({ placement: { folder, name } }) => this.#look(join(folder, name))),
    );
    // Placed since the folder was listed: not missing.
    const lost = absent.filter((_, i) => looked[i] === undefined);
    return (await Promise.all(lost.map((filing) => this.#onTheWay.lost(filing)))).filter(
      (one) => one !== undefined,
    );
  }

  async #stray(folder: string, name: string): Promise<Found | undefined> {
    const facts = await this.#look(join(folder, name));
    if (facts === undefined) return undefined;
    const [placedAs, { sizeBytes, kind }] = [inodeOf(facts), facts];
    const path = join(this.#parts.library, folder, name);
    const traces =
      kind === 'link'
        ? [placedAs, linkTrace(await this.#parts.files.readLink(path))]
        : [fileTrace(placedAs, sizeBytes)];
    return { folder, name, placedAs, traces, sizeBytes, isAlone: kind === 'file' && facts.links === 1 };
  }

  /** Content is read only where the inode tells nothing and a missing frame has the same size. */
  async identified(strays: readonly Found[], missing: readonly LostFiling[]): Promise<Stray[]> {
    const traces = new Set(missing.flatMap((lost) => lost.traces));
    const sizes = new Set(missing.map(({ sizeBytes }) => sizeBytes));
    const { files, library } = this.#parts;
    return Promise.all(
      strays.map(async ({ sizeBytes, isAlone: _, ...stray }) => {
        const needsHash = !stray.traces.some((trace) => traces.has(trace)) && sizes.has(sizeBytes);
        return {
          ...stray,
          fingerprint: needsHash ? await files.hash(join(library, stray.folder, stray.name)) : undefined,
        };
      }),
    );
  }

  #look(path: string): Promise<FileFacts | undefined> {
    return lookOrNothing(this.#parts.files, join(this.#parts.library, path));
  }
}

function foldersOf(groups: Iterable<Place>): Map<string, Place> {
  return new Map(Array.from(groups, (group) => [group.folder, group]));
}

function isGroups({ name, kind }: Entry): boolean {
  return kind === 'folder' && !name.startsWith('.');
}

function add({ missing, strays, aside }: InFolder, result: Compared): void {
  append(result.missing, missing);
  append(result.strays, strays);
  append(result.aside, aside);
}

function isPlaced(filing: Filing | undefined): filing is Filing {
  return filing?.placement.state === 'placed';
}

function isAside({ name, kind }: Entry): boolean {
  return kind === 'file' && isAsideName(name);
}

/** Not a name under which the placer takes a file aside for a moment. */
function isAnybodys({ name, kind }: Entry): boolean {
  return kind !== 'folder' && !isAsideName(name);
}
