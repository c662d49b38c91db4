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
import type { StagedMembership } from '../../storage/membership-cache.ts';
import type { Store, UserChange } from '../../storage/store.ts';
import { type Lost, TempNameCleanup } from '../placing/temp-name-cleanup.ts';
import { type LibraryDiff, LibraryScan, type UntrackedFile } from './library-scan.ts';

export interface ReconcileParts {
  readonly store: Store;
  readonly membership: StagedMembership;
  readonly files: FileSystem;
  readonly library: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly events: EventSink;
  /** Nothing in the library is changed. */
  readonly isDry?: boolean;
  /** Told of a file that a person put into a group's folder, each time that it is seen there again. */
  readonly onUntrackedFile?: (path: string) => void;
}

/**
 * Makes the store agree with what a person did in the library: pictures dragged to another group, folders renamed,
 * emptied or founded, pictures deleted. Folders that did not change since the last look cost one stat each.
 */
export class Reconciler {
  readonly #parts: ReconcileParts;
  readonly #scan: LibraryScan;
  readonly #tempNameCleanup: TempNameCleanup;
  /** Frames that could not be found at the last look: forgotten when they can't be found again. */
  #goneBefore: ReadonlySet<FrameId> = new Set();
  /** Files in groups' folders that the store does not know, by path, with what they are known by. */
  #untrackedFiles: ReadonlyMap<string, string> = new Map();
  #running: Promise<boolean> | undefined;

  constructor(parts: ReconcileParts) {
    this.#parts = parts;
    this.#scan = new LibraryScan(parts);
    this.#tempNameCleanup = new TempNameCleanup(parts);
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
    this.#running = this.#scanOnce().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #scanOnce(): Promise<boolean> {
    if (!(await this.#scan.isThere())) return false;
    const { store, membership } = this.#parts;
    // From memory: mostly nothing changed, and reading them all would cost as much as looking at their folders.
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
    const groups = Array.from(store.groups());
    const all = interpretDiff(
      missing,
      await this.#scan.identified(untracked, missing),
      groups,
      groupsInTransit,
    );
    // What is not found may be where nothing can be seen.
    const understood = closed.length === 0 ? all : { ...all, gone: [] };
    // Still there after all this: a half-copied library or a disk lost midway must not look like deletions.
    if (!(await this.#scan.isThere())) return false;
    const forgotten = await this.#surelyGone(understood, untracked);
    await this.#clean(aside, { missing: missing.map(({ frame }) => frame), forgotten });
    this.#apply(understood, forgotten, groups);
    this.#reportUntracked(untracked, missing);
    return true;
  }

  /** Seen at two looks, while nothing of its size is missed, which it could be: a picture of its own, which people brought. */
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

  /** Not found at two looks, and no file has come to light meanwhile that could be one of them. */
  async #surelyGone({ gone }: UserChanges, untracked: readonly UntrackedFile[]): Promise<FrameId[]> {
    const goneTwice = gone.filter((frame) => this.#goneBefore.has(frame));
    if (goneTwice.length === 0) return [];
    return (await this.#scan.hasMore(this.#parts.membership.groups(), untracked)) ? [] : goneTwice;
  }

  async #clean(aside: readonly string[], frames?: Lost): Promise<void> {
    if (!this.#parts.isDry) await this.#tempNameCleanup.clean(aside, frames);
  }

  #apply(
    { renamed, moved, gone }: UserChanges,
    forgotten: readonly FrameId[],
    groups: readonly Group[],
  ): void {
    const { store, events } = this.#parts;
    const left = new Set([...moved.map(({ frame }) => frame), ...gone]);
    const own = moved.filter(({ to }) => !this.#isAnothers(to, left));
    const changes = [...this.#renames(renamed), ...this.#moves(own, renamed, groups)];
    if (changes.length > 0) {
      store.applyUserChanges(changes);
      // What was settled for one group may not be for another.
      const folderOf = new Map(groups.map(({ id, folder }) => [id, folder]));
      this.#scan.forget(renamed.flatMap(({ group, folder }) => [folder, folderOf.get(group) ?? folder]));
      this.#scan.forget(moved.flatMap(({ from, to }) => [to.folder, folderOf.get(from) ?? to.folder]));
    }
    if (forgotten.length > 0) store.forget(forgotten);
    this.#goneBefore = new Set(gone.filter((frame) => !forgotten.includes(frame)));
    if (changes.length + forgotten.length === 0) return;
    events.emit('library.edited', { renamed, moved: own.map(({ frame }) => frame), forgotten });
  }

  #renames(renamed: UserChanges['renamed']): UserChange[] {
    return renamed.map(({ group, folder }) => ({ kind: 'renamed-group', group, folder }));
  }

  #moves(
    moved: UserChanges['moved'],
    renamed: UserChanges['renamed'],
    groups: readonly Group[],
  ): UserChange[] {
    const byFolder = new Map<string, GroupId>(groups.map(({ id, folder }) => [folder, id]));
    for (const { group, folder } of renamed) byFolder.set(folder, group);
    return moved.flatMap(({ frame, from, to }): UserChange[] => {
      const known = byFolder.get(to.folder);
      if (this.#isOurs(frame, known, to.name)) return [];
      const group = known ?? this.#parts.membership.takeGroupId();
      byFolder.set(to.folder, group);
      const move = {
        kind: 'moved',
        frame,
        from,
        group,
        name: to.name,
        fileId: to.fileId,
        evidence: byHand,
      } as const;
      if (known !== undefined) return [move];
      const founded = { id: group, folder: to.folder, frames: 0, foundedMs: this.#parts.clock.now() };
      return [{ kind: 'founded-group', group: founded }, move];
    });
  }

  /** It became a member while we looked: a picture of its own, though the missing one has its bytes. `left`: those that left their places. */
  #isAnothers({ folder, name }: UnknownFile, left: ReadonlySet<FrameId>): boolean {
    const { store, membership } = this.#parts;
    const group = membership.groupIn(folder)?.id;
    const member = group === undefined ? undefined : store.frameAt(group, name);
    if (member === undefined || left.has(member)) return false;
    const placement = store.filing(member)?.placement;
    return placement?.state === 'placed' && placement.group === group && placement.name === name;
  }

  /** Where a move of ours was to bring it: that is recorded when it is done. */
  #isOurs(frame: FrameId, group: GroupId | undefined, name: string): boolean {
    const move = this.#parts.store.regroupings.pendingMove(frame);
    return move !== undefined && isOpen(move) && move.to.group === group && move.to.name === name;
  }
}
