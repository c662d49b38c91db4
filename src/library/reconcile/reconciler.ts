import { join } from 'node:path';
import { byHand } from '../../domain/assignment/assign.ts';
import type { FrameId } from '../../domain/frame.ts';
import type { Group, GroupId } from '../../domain/group.ts';
import { isOpen } from '../../domain/group-change.ts';
import { interpretDiff, type UnknownFile, type UserChanges } from '../../domain/library-diff.ts';
import type { Clock } from '../../lib/async/clock.ts';
import type { FileSystem } from '../../lib/fs/file-system.ts';
import type { Logger } from '../../lib/logger.ts';
import type { EventSink } from '../../monitoring/events.ts';
import type { TrackedStore } from '../../storage/library-state.ts';
import type { StagedMembership } from '../../storage/membership-cache.ts';
import type { UserChange } from '../../storage/store.ts';
import { type Lost, TempNameCleanup } from '../placing/temp-name-cleanup.ts';
import { type LibraryDiff, LibraryScan, type UntrackedFile } from './library-scan.ts';

export interface ReconcileParts {
  readonly store: TrackedStore;
  readonly membership: StagedMembership;
  readonly files: FileSystem;
  readonly library: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly events: EventSink;
  /** Nothing in the library is changed. */
  readonly isDry?: boolean;
  /** Called for each scan that sees an unknown file in a group's folder. */
  readonly onUntrackedFile?: (path: string) => void;
}

/**
 * Adopts a person's changes of the library into the store: pictures moved to another group, folders renamed,
 * emptied or created, pictures deleted. An unchanged folder costs one stat.
 */
export class Reconciler {
  readonly #parts: ReconcileParts;
  readonly #scan: LibraryScan;
  readonly #tempNameCleanup: TempNameCleanup;
  /** Frames missing at the last scan. The next scan without them forgets them. */
  #goneBefore: ReadonlySet<FrameId> = new Set();
  /** Files in groups' folders unknown to the store, by path, with their identities. */
  #untrackedFiles: ReadonlyMap<string, string> = new Map();
  #running: Promise<boolean> | undefined;

  constructor(parts: ReconcileParts) {
    this.#parts = parts;
    this.#scan = new LibraryScan(parts);
    this.#tempNameCleanup = new TempNameCleanup(parts);
  }

  /**
   * Starts a scan from now on. Callers during a scan share the next scan. Returns false if the library's disk
   * is away.
   */
  async run(): Promise<boolean> {
    if (this.#running === undefined) return this.#start();
    await this.#running.catch(() => false);
    return this.#running ?? this.#start();
  }

  #start(): Promise<boolean> {
    this.#running = this.#scanOnce().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #scanOnce(): Promise<boolean> {
    if (!(await this.#scan.isThere())) return false;
    const { store, membership } = this.#parts;
    // From memory: usually nothing changed, and reading all groups from the store would cost as much as the
    // scan.
    const { missing, untracked, groupsInTransit, closed, aside } = await this.#scan.diff(membership.groups());
    if (closed.length > 0)
      this.#parts.log.warn(
        { folders: closed },
        'folders of the library can not be read; what is in them is not known',
      );
    if (missing.length === 0) {
      this.#goneBefore = new Set();
      await this.#clean(aside);
      this.#reportUntracked(untracked, missing);
      return true;
    }
    const groups = await store.groups.all();
    const all = interpretDiff(
      missing,
      await this.#scan.identified(untracked, missing),
      groups,
      groupsInTransit,
    );
    // A missing frame may be in an unreadable folder.
    const understood = closed.length === 0 ? all : { ...all, gone: [] };
    // Checked after the scan: a library copied in part, or a disk lost during the scan, must not look like
    // deletions.
    if (!(await this.#scan.isThere())) return false;
    const forgotten = await this.#surelyGone(understood, untracked);
    await this.#clean(aside, { missing: missing.map(({ frame }) => frame), forgotten });
    await this.#apply(understood, forgotten, groups);
    this.#reportUntracked(untracked, missing);
    return true;
  }

  /**
   * Reports a file seen at two scans, if no missing frame has the same size: a new picture brought by people.
   */
  #reportUntracked(untracked: readonly UntrackedFile[], missing: LibraryDiff['missing']): void {
    const { membership, library, onUntrackedFile = () => {}, isDry } = this.#parts;
    if (isDry) return;
    const before = this.#untrackedFiles;
    const missed = new Set(missing.map(({ sizeBytes }) => sizeBytes));
    const untrackedFiles = untracked.filter(
      ({ folder, isAlone, sizeBytes }) =>
        isAlone && !missed.has(sizeBytes) && membership.groupIn(folder) !== undefined,
    );
    this.#untrackedFiles = new Map(
      untrackedFiles.map(({ folder, name, traces }) => [join(library, folder, name), traces.join()]),
    );
    for (const [path, trace] of this.#untrackedFiles) if (before.get(path) === trace) onUntrackedFile(path);
  }

  /** Returns frames missing at two scans, unless an unknown file could be one of them. */
  async #surelyGone({ gone }: UserChanges, untracked: readonly UntrackedFile[]): Promise<FrameId[]> {
    const goneTwice = gone.filter((frame) => this.#goneBefore.has(frame));
    if (goneTwice.length === 0) return [];
    return (await this.#scan.hasMore(this.#parts.membership.groups(), untracked)) ? [] : goneTwice;
  }

  async #clean(aside: readonly string[], frames?: Lost): Promise<void> {
    if (!this.#parts.isDry) await this.#tempNameCleanup.clean(aside, frames);
  }

  async #apply(
    { renamed, moved, gone }: UserChanges,
    forgotten: readonly FrameId[],
    groups: readonly Group[],
  ): Promise<void> {
    const { store, events } = this.#parts;
    const left = new Set([...moved.map(({ frame }) => frame), ...gone]);
    let own: UserChanges['moved'] = [];
    const changes = await store.decideUserChanges(async () => {
      own = await this.#own(moved, left);
      return [...this.#renames(renamed), ...(await this.#moves(own, renamed, groups))];
    });
    if (changes.length > 0) {
      // A file known in one group may be unknown in another.
      const folderOf = new Map(groups.map(({ id, folder }) => [id, folder]));
      this.#scan.forget(renamed.flatMap(({ group, folder }) => [folder, folderOf.get(group) ?? folder]));
      this.#scan.forget(moved.flatMap(({ from, to }) => [to.folder, folderOf.get(from) ?? to.folder]));
    }
    if (forgotten.length > 0) await store.forget(forgotten);
    this.#goneBefore = new Set(gone.filter((frame) => !forgotten.includes(frame)));
    if (changes.length + forgotten.length === 0) return;
    events.emit('library.edited', { renamed, moved: own.map(({ frame }) => frame), forgotten });
  }

  #renames(renamed: UserChanges['renamed']): UserChange[] {
    return renamed.map(({ group, folder }) => ({ kind: 'renamed-group', group, folder }));
  }

  async #moves(
    moved: UserChanges['moved'],
    renamed: UserChanges['renamed'],
    groups: readonly Group[],
  ): Promise<UserChange[]> {
    const byFolder = new Map<string, GroupId>(groups.map(({ id, folder }) => [folder, id]));
    for (const { group, folder } of renamed) byFolder.set(folder, group);
    const changes: UserChange[] = [];
    for (const { frame, from, to } of moved) {
      const known = byFolder.get(to.folder);
      if (await this.#isOurs(frame, known, to.name)) continue;
      const group = known ?? (await this.#takeGroupId());
      byFolder.set(to.folder, group);
      const founded = { id: group, folder: to.folder, frames: 0, foundedMs: this.#parts.clock.now() };
      if (known === undefined) changes.push({ kind: 'founded-group', group: founded });
      const { name, fileId } = to;
      changes.push({ kind: 'moved', frame, from, group, name, fileId, evidence: byHand });
    }
    return changes;
  }

  async #takeGroupId(): Promise<GroupId> {
    const [id] = await this.#parts.store.groups.reserveIds(1);
    return id as GroupId;
  }

  /** Leaves out files that are members of their own. `left`: frames that left their places. */
  async #own(moved: UserChanges['moved'], left: ReadonlySet<FrameId>): Promise<UserChanges['moved']> {
    const others = await Promise.all(moved.map(({ to }) => this.#isAnothers(to, left)));
    return moved.filter((_, at) => !others[at]);
  }

  /**
   * The file became a member during the scan: a picture of its own, although the missing frame has the same
   * bytes.
   */
  async #isAnothers({ folder, name }: UnknownFile, left: ReadonlySet<FrameId>): Promise<boolean> {
    const { store, membership } = this.#parts;
    const group = membership.groupIn(folder)?.id;
    const member = group === undefined ? undefined : await store.frames.at(group, name);
    if (member === undefined || left.has(member)) return false;
    const placement = (await store.frames.get(member))?.placement;
    return placement?.state === 'placed' && placement.group === group && placement.name === name;
  }

  /** Returns whether this is the target of a planned move. The move's own record follows. */
  async #isOurs(frame: FrameId, group: GroupId | undefined, name: string): Promise<boolean> {
    const move = await this.#parts.store.moves.get(frame);
    return move !== undefined && isOpen(move) && move.to.group === group && move.to.name === name;
  }
}
