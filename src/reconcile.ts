import { join } from 'node:path';
import type { Catalogue } from './assign/catalogue.ts';
import type { Evidence } from './domain/assign.ts';
import type { FrameId } from './domain/frame.ts';
import type { Group, GroupId } from './domain/group.ts';
import {
  fileTrace,
  linkTrace,
  type Missing,
  type Stray,
  type Understood,
  understand,
} from './domain/library-changes.ts';
import { draftsFolder, isAsideName, markerFile } from './domain/placement.ts';
import type { Relocation } from './domain/regrouping.ts';
import type { Clock } from './lib/clock.ts';
import { codeOf } from './lib/errors.ts';
import type { Entry, FileFacts, Files } from './lib/files.ts';
import type { Logger } from './lib/logger.ts';
import type { Change, Filing, Store } from './store/store.ts';

export interface ReconcileParts {
  readonly store: Store;
  readonly catalogue: Catalogue;
  readonly files: Files;
  readonly library: string;
  readonly clock: Clock;
  readonly log: Logger;
}

type LostFiling = Missing & { readonly sizeBytes: number };
type Found = Omit<Stray, 'fingerprint'> & { readonly sizeBytes: number };

interface Compared {
  readonly missing: LostFiling[];
  readonly strays: Found[];
}

/** A folder in which nothing was amiss. */
interface LookedAt {
  readonly mtimeMs: number;
  /** When that mtime was first seen. */
  readonly sinceMs: number;
  readonly isSettled: boolean;
}

/** The coarsest clock of a file system that is in use (FAT). */
const tickMs = 2_000;

/**
 * Makes the store agree with what a person did in the library: pictures dragged to another group, folders renamed,
 * emptied or founded, pictures deleted. Folders that did not change since the last look cost one stat each.
 */
export class Reconciler {
  readonly #parts: ReconcileParts;
  readonly #folders = new Map<string, LookedAt>();
  /** Frames that could not be found at the last look: forgotten when they can't be found again. */
  #goneBefore: ReadonlySet<FrameId> = new Set();
  #running: Promise<boolean> | undefined;

  constructor(parts: ReconcileParts) {
    this.#parts = parts;
  }

  /**
   * Looks once, from now on: callers that come during a look wait for the next one, and share it. False when nothing
   * could be concluded because the library's disk is not there.
   */
  async run(): Promise<boolean> {
    if (this.#running === undefined) return this.#start();
    await this.#running.catch(() => false);
    return this.#running ?? this.#start();
  }

  #start(): Promise<boolean> {
    this.#running = this.#lookOnce().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #lookOnce(): Promise<boolean> {
    if ((await this.#look(markerFile)) === undefined) return false;
    const groups = Array.from(this.#parts.store.groups());
    const { missing, strays } = await this.#compare(groups);
    if (missing.length === 0) {
      this.#goneBefore = new Set();
      return true;
    }
    const understood = understand(missing, await this.#identified(strays, missing), groups);
    // Still there after all this: a half-copied library or a disk lost midway must not look like deletions.
    if ((await this.#look(markerFile)) === undefined) return false;
    this.#apply(understood, groups);
    return true;
  }

  async #compare(groups: readonly Group[]): Promise<Compared> {
    const { files, library } = this.#parts;
    const byFolder = new Map(groups.map((group) => [group.folder, group]));
    const result = { missing: [] as LostFiling[], strays: [] as Found[] };
    for (const { name: folder, kind } of await files.list(library)) {
      if (kind !== 'folder' || folder.startsWith('.')) continue;
      await this.#compareFolder(folder, byFolder.get(folder), result);
      byFolder.delete(folder);
    }
    for (const group of byFolder.values()) result.missing.push(...(await this.#missingOf(group, new Set())));
    if (result.strays.length > 0) {
      result.missing.push(...(await this.#takenOnTheWay()));
      result.missing.push(...(await this.#takenFromOurMoves(result)));
    }
    return result;
  }

  async #compareFolder(folder: string, group: Group | undefined, result: Compared): Promise<void> {
    const facts = await this.#look(folder);
    if (facts === undefined || this.#isSettled(folder, facts)) return;
    const entries = await this.#parts.files.list(join(this.#parts.library, folder));
    const names = new Set(entries.filter(isAnybodys).map(({ name }) => name));
    const unknown = Array.from(names).filter(
      (name) => !group || this.#parts.store.frameAt(group.id, name) === undefined,
    );
    const strays = await Promise.all(unknown.map((name) => this.#stray(folder, name)));
    const missing = group === undefined ? [] : await this.#missingOf(group, names);
    result.strays.push(...strays.filter((stray) => stray !== undefined));
    result.missing.push(...missing);
    if (unknown.length === 0 && missing.length === 0) this.#settle(folder, facts);
    else this.#folders.delete(folder);
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

  async #missingOf(group: Group, names: ReadonlySet<string>): Promise<LostFiling[]> {
    const filings = Array.from(this.#parts.store.members(group.id), (frame) =>
      this.#parts.store.filing(frame),
    );
    const absent = filings.filter(isPlaced).filter(({ placement }) => !names.has(placement.name));
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
  async #takenFromOurMoves({ missing, strays }: Compared): Promise<LostFiling[]> {
    const { store } = this.#parts;
    const traces = new Set(strays.flatMap((stray) => stray.traces));
    const known = new Set(missing.map(({ frame }) => frame));
    const lost: LostFiling[] = [];
    for (const move of Array.from(store.regroupings.underWay())) {
      const filing = store.filing(move.frame);
      if (filing === undefined || move.isDropped || known.has(move.frame)) continue;
      const one = tracedBy(filing, (await this.#progressOf(move)).inodes);
      if (one.traces.some((trace) => traces.has(trace))) lost.push(one);
    }
    return lost;
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
  async #identified(strays: readonly Found[], missing: readonly LostFiling[]): Promise<Stray[]> {
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

  #apply({ renamed, moved, gone }: Understood, groups: readonly Group[]): void {
    const { store, log } = this.#parts;
    const goneTwice = gone.filter((frame) => this.#goneBefore.has(frame));
    const changes = [...this.#renames(renamed), ...this.#moves(moved, renamed, groups)];
    if (changes.length > 0) {
      store.amend(changes);
      this.#folders.clear(); // what was settled for one group may not be for another
    }
    if (goneTwice.length > 0) store.forget(goneTwice);
    for (const change of changes) this.#learn(change);
    for (const frame of goneTwice) this.#parts.catalogue.forget(frame);
    this.#goneBefore = new Set(gone.filter((frame) => !goneTwice.includes(frame)));
    if (changes.length + goneTwice.length === 0) return;
    log.info(
      { renamed: renamed.length, moved: moved.length, forgotten: goneTwice.length },
      'a person changed the library',
    );
  }

  #renames(renamed: Understood['renamed']): Change[] {
    return renamed.map(({ group, folder }) => ({ kind: 'renamed-group', group, folder }));
  }

  #moves(moved: Understood['moved'], renamed: Understood['renamed'], groups: readonly Group[]): Change[] {
    const byFolder = new Map<string, GroupId>(groups.map(({ id, folder }) => [folder, id]));
    for (const { group, folder } of renamed) byFolder.set(folder, group);
    return moved.flatMap(({ frame, from, to }): Change[] => {
      const known = byFolder.get(to.folder);
      if (this.#isOurs(frame, known, to.name)) return [];
      const group = known ?? this.#parts.catalogue.takeGroupId();
      byFolder.set(to.folder, group);
      const move = {
        kind: 'moved',
        frame,
        from,
        group,
        name: to.name,
        placedAs: to.placedAs,
        evidence: byHand,
      } as const;
      if (known !== undefined) return [move];
      const founded = { id: group, folder: to.folder, frames: 0, foundedMs: this.#parts.clock.now() };
      return [{ kind: 'founded-group', group: founded }, move];
    });
  }

  /** Where a move of ours was to bring it: that is recorded when it is done. */
  #isOurs(frame: FrameId, group: GroupId | undefined, name: string): boolean {
    const move = this.#parts.store.regroupings.relocation(frame);
    return move?.isDropped === false && move.to.group === group && move.to.name === name;
  }

  #learn(change: Change): void {
    const { catalogue } = this.#parts;
    if (change.kind === 'moved') return catalogue.putFrame(change.frame, change.group);
    if (change.kind === 'founded-group') return catalogue.putGroup(change.group);
    const group = catalogue.group(change.group);
    if (group !== undefined) catalogue.putGroup({ ...group, folder: change.folder });
  }

  async #look(path: string): Promise<FileFacts | undefined> {
    try {
      return await this.#parts.files.look(join(this.#parts.library, path));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }
}

const byHand: Evidence = {
  rule: 'put-by-hand',
  join: 0,
  probability: 1,
  nearest: undefined,
  runnerUp: undefined,
};

function isPlaced(filing: Filing | undefined): filing is Filing {
  return filing?.placement.state === 'placed';
}

function lostFiling({ frame, placement, placedAs }: Filing): LostFiling {
  const { id, fingerprint, sizeBytes } = frame;
  const { group, name, mode } = placement;
  const inode = placedAs === undefined ? [] : [placedAs];
  const traces =
    mode === 'symlink' ? [...inode, linkTrace(frame.source)] : inode.map((one) => fileTrace(one, sizeBytes));
  return { frame: id, group, name, traces, fingerprint, sizeBytes, isOnTheWay: false };
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

/** Not a name under which the placer takes a file aside for a moment. */
function isAnybodys({ name, kind }: Entry): boolean {
  return kind !== 'folder' && !isAsideName(name);
}

/** An identity begins with device and inode. */
function inodeIn(identity: string): string {
  return identity.split(':', 2).join(':');
}
