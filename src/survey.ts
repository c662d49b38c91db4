import { join } from 'node:path';
import type { FrameId } from './domain/frame.ts';
import type { Group, GroupId } from './domain/group.ts';
import { fileTrace, linkTrace, type Missing, type Stray } from './domain/library-changes.ts';
import { draftsFolder, isAsideName, markerFile } from './domain/placement.ts';
import type { Relocation } from './domain/regrouping.ts';
import type { Clock } from './lib/clock.ts';
import { codeOf } from './lib/errors.ts';
import type { Entry, FileFacts, Files } from './lib/files.ts';
import { lookOrNothing } from './lib/names.ts';
import type { Filing, StoreReader } from './store/store.ts';

export interface SurveyParts {
  readonly store: StoreReader;
  readonly files: Files;
  readonly library: string;
  readonly clock: Pick<Clock, 'passed'>;
}

export type LostFiling = Missing & { readonly sizeBytes: number };
export type Found = Omit<Stray, 'fingerprint'> & { readonly sizeBytes: number };

export interface Compared {
  readonly missing: LostFiling[];
  readonly strays: Found[];
  /** Groups in whose folders pictures are that are being moved there. */
  readonly hosts: Set<GroupId>;
  /** Folders that may not be read. */
  readonly closed: string[];
  /** Paths of files that the placer took aside; it may have them in work. */
  readonly aside: string[];
}

/** A group, and the folder that it has. */
type Place = Pick<Group, 'id' | 'folder'>;

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

/** The coarsest clock of a file system that is in use (FAT). */
const tickMs = 2_000;

/**
 * Compares the library's folders with the store: which frames are not where they were placed, and which files the store
 * does not know there. Folders that did not change since the last look cost one stat each.
 */
export class Survey {
  readonly #parts: SurveyParts;
  readonly #folders = new Map<string, LookedAt>();

  constructor(parts: SurveyParts) {
    this.#parts = parts;
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
    for (const group of byFolder.values()) result.missing.push(...(await this.#missingOf(group, none)));
    if (result.strays.length > 0) {
      result.missing.push(...(await this.#takenOnTheWay()));
      await this.#lookAtOurMoves(result);
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
      if (codeOf(error) === 'EACCES' || codeOf(error) === 'EPERM') return 'closed';
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
    for (const { name } of entries.filter(isAnybodys)) {
      const frame = group && this.#parts.store.frameAt(group.id, name);
      if (group === undefined || frame === undefined || (await this.#isTakenFrom(frame, group, name)))
        unknown.push(name);
      else here.add(frame);
    }
    return [here, unknown];
  }

  /** Whether a person put another file where a move of ours is to bring a frame: the move finds another name. */
  async #isTakenFrom(frame: FrameId, group: Place, name: string): Promise<boolean> {
    const move = this.#parts.store.regroupings.relocation(frame);
    if (move === undefined || move.to.group !== group.id || move.to.name !== name) return false;
    return !(await this.#progressOf(move)).isArrived;
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
    return (await Promise.all(lost.map((filing) => this.#lost(filing)))).filter((one) => one !== undefined);
  }

  /** One that we are moving to another group is not missing when it is there, and not gone before our move gave it up. */
  async #lost(filing: Filing): Promise<LostFiling | undefined> {
    const move = this.#parts.store.regroupings.relocation(filing.frame.id);
    if (move === undefined) return lostFiling(filing);
    const { inodes, isArrived } = await this.#progressOf(move);
    if (isArrived && !move.isDropped) return undefined;
    return tracedBy(filing, inodes);
  }

  /** By which inodes its file is known, and whether it has its new name. */
  async #progressOf({ frame, to, identity }: Relocation) {
    const target = await this.#look(join(this.#parts.store.folderOf(to.group), to.name));
    const draft = await this.#look(join(draftsFolder, String(frame)));
    const inodes = [inodeIn(identity), ...(draft === undefined ? [] : [inodeOf(draft)])];
    return { inodes, isArrived: target !== undefined && inodes.includes(inodeOf(target)) };
  }

  /** Somebody took the file of a move of ours from its old name or its new one, while it had both. */
  async #lookAtOurMoves({ missing, strays, hosts }: Compared): Promise<void> {
    const { store } = this.#parts;
    const traces = new Set(strays.flatMap((stray) => stray.traces));
    const known = new Set(missing.map(({ frame }) => frame));
    for (const move of Array.from(store.regroupings.underWay())) {
      const filing = store.filing(move.frame);
      if (filing === undefined || move.isDropped) continue;
      const { inodes, isArrived } = await this.#progressOf(move);
      if (isArrived) hosts.add(move.to.group);
      const taken = tracedBy(filing, inodes);
      const one = isArrived ? taken : guestOf(move, taken);
      if (!known.has(move.frame) && one.traces.some((trace) => traces.has(trace))) missing.push(one);
    }
  }

  /**
   * Frames whose placement is under way, or was cut short by our end: somebody may have taken the file from where it
   * was put before we recorded that it was there.
   */
  async #takenOnTheWay(): Promise<LostFiling[]> {
    const filings = Array.from(this.#parts.store.planned(), (frame) => this.#parts.store.filing(frame));
    const lost = await Promise.all(filings.map((filing) => filing && this.#onTheWay(filing)));
    return lost.filter((one) => one !== undefined);
  }

  /** Its file is that of its source or of its draft; another of its content counts only where the source does not wait to be moved. */
  async #onTheWay(filing: Filing): Promise<LostFiling | undefined> {
    const { files } = this.#parts;
    const { frame, placement } = filing;
    const target = await this.#look(join(placement.folder, placement.name));
    const draft = await this.#look(join(draftsFolder, String(frame.id)));
    const inodes = [inodeIn(frame.identity), ...(draft === undefined ? [] : [inodeOf(draft)])];
    if (target !== undefined && inodes.includes(inodeOf(target))) return undefined;
    const isThere = await files.look(frame.source).then(
      ({ identity }) => identity === frame.identity,
      () => false,
    );
    return {
      ...lostFiling(filing),
      traces:
        placement.mode === 'symlink'
          ? [linkTrace(frame.source)]
          : inodes.map((inode) => fileTrace(inode, frame.sizeBytes)),
      fingerprint: isThere && placement.mode === 'move' ? undefined : frame.fingerprint,
      isOnTheWay: true,
    };
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
    return { folder, name, placedAs, traces, sizeBytes };
  }

  /** Content is read only where the inode tells nothing and a missing frame has the same size. */
  async identified(strays: readonly Found[], missing: readonly LostFiling[]): Promise<Stray[]> {
    const traces = new Set(missing.flatMap((lost) => lost.traces));
    const sizes = new Set(missing.map(({ sizeBytes }) => sizeBytes));
    const { files, library } = this.#parts;
    return Promise.all(
      strays.map(async ({ sizeBytes, ...stray }) => {
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
  result.missing.push(...missing);
  result.strays.push(...strays);
  result.aside.push(...aside);
}

function isPlaced(filing: Filing | undefined): filing is Filing {
  return filing?.placement.state === 'placed';
}

function lostFiling({ frame, placement, placedAs }: Filing): LostFiling {
  const { id, fingerprint, sizeBytes } = frame;
  const { group, name, mode } = placement;
  const inode = placedAs === undefined ? [] : [placedAs];
  const traces =
    mode === 'symlink' ? [...inode, linkTrace(frame.source)] : inode.map((one) => fileTrace(one, sizeBytes));
  return { frame: id, group, name, traces, fingerprint, sizeBytes, isOnTheWay: false, isGuest: false };
}

function inodeOf({ device, inode }: FileFacts): string {
  return `${device}:${inode}`;
}

/** One that a move of ours is about, and by which inodes its file is known. */
function tracedBy(filing: Filing, inodes: readonly string[]): LostFiling {
  const lost = lostFiling(filing);
  const traces = inodes.flatMap((inode) => [inode, fileTrace(inode, filing.frame.sizeBytes)]);
  return { ...lost, traces: [...lost.traces, ...traces], isOnTheWay: true };
}

/** Its old name is where it was, and what was taken is the new one. */
function guestOf({ to }: Relocation, lost: LostFiling): LostFiling {
  return { ...lost, group: to.group, name: to.name, isGuest: true };
}

function isAside({ name, kind }: Entry): boolean {
  return kind === 'file' && isAsideName(name);
}

/** Not a name under which the placer takes a file aside for a moment. */
function isAnybodys({ name, kind }: Entry): boolean {
  return kind !== 'folder' && !isAsideName(name);
}

/** An identity begins with device and inode. */
function inodeIn(identity: string): string {
  return identity.split(':', 2).join(':');
}
