import { basename } from 'node:path';
import { byHand } from '../../domain/assignment/assign.ts';
import type { FrameId } from '../../domain/frame.ts';
import { isOpen, type Location, type PendingMove } from '../../domain/group-change.ts';
import { draftsFolder, plainName, tempName } from '../../domain/placement.ts';
import { OneFileError } from '../../lib/errors.ts';
import { sameFile, statIfExists } from '../../lib/fs/file-operations.ts';
import type { FileStats } from '../../lib/fs/file-system.ts';
import type { TrackedStore } from '../../storage/library-state.ts';
import type { FinishedMove, FrameRecord } from '../../storage/store.ts';
import { type DoneJob, type FileJobParts, FileJobs, type JobAttempt } from './file-jobs.ts';
import { freeNameIn } from './free-name.ts';
import { findHardLinks } from './hard-links.ts';
import type { PlaceOrder } from './place-order.ts';
import type { PendingRetry } from './retry-queue.ts';

export interface MoveWorkerParts extends FileJobParts {
  readonly store: TrackedStore;
  /** Scans the library. Throws if the scan is impossible. */
  readonly rescanLibrary: () => Promise<void>;
  readonly reached?: (step: MoveStep) => void;
}

/** Named for the crash tests. */
export type MoveStep = 'relocating' | 'relocated';

type MovedFile = FinishedMove & DoneJob;

/** Maximum number of moves with a common record. */
const batchMax = 32;

/**
 * Tries before the move of a missing file is abandoned. After that the frame is missing like any other
 * frame.
 */
const triesToFind = 3;

/**
 * Tries that wait for a second name of a file: a move before a crash may have created the second name.
 */
const scansMax = 5;

/**
 * Carries out moves from group to group. The store is the queue: a frame belongs to its old group until the
 * file is in the new group and the store has the record. After a failure the next try does the rest. If the
 * user was faster, the move is abandoned, and only our leftovers are removed.
 */
export class MoveWorker {
  readonly #parts: MoveWorkerParts;
  readonly #jobs: FileJobs<MovedFile>;
  #isRunning = false;

  constructor(parts: MoveWorkerParts) {
    this.#parts = parts;
    this.#jobs = new FileJobs(parts, {
      keyOf,
      describe: (frame) => this.#describe(frame),
      describeRecord: (done) => `the record of ${done.length} moves from ${done[0]?.order.source} on`,
      attempt: (frame, attempt) => this.#attempt(frame, attempt),
      record: (done) => this.#record(done),
      beforeRetry: parts.rescanLibrary,
    });
  }

  pendingRetries(): PendingRetry[] {
    return this.#jobs.pendingRetries();
  }

  async frames(): Promise<FrameId[]> {
    return Array.from(await this.#parts.store.moves.all(), ({ frame }) => frame);
  }

  /**
   * Carries out planned moves and retries due moves. `isFromBefore`: an earlier run may have begun the moves.
   */
  async carryOut(isFromBefore = false): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      await this.#jobs.retryDue();
      const waiting = (await this.#parts.store.followMoves())
        .map(({ frame }) => frame)
        .filter((frame) => !this.#jobs.isDeferred(frame));
      for (let at = 0; at < waiting.length && !this.#parts.signal.aborted; at += batchMax)
        await this.#jobs.run(waiting.slice(at, at + batchMax), isFromBefore);
    } finally {
      this.#isRunning = false;
    }
  }

  /** Like `carryOut`, until no retry can help. For runs with an end. */
  async finish(): Promise<void> {
    await this.carryOut();
    await this.#jobs.finish();
  }

  async #describe(frame: FrameId): Promise<string> {
    const from = (await this.#parts.store.moves.get(frame))?.from;
    return from === undefined ? keyOf(frame) : `${await this.#pathOf(from)} (to another group)`;
  }

  async #record(done: readonly MovedFile[]): Promise<void> {
    const { store, reached = () => {} } = this.#parts;
    await store.finishMoves(done);
    reached('relocated');
  }

  /** Moves the file of a frame. Returns undefined if the move ended without a file to record. */
  async #attempt(frame: FrameId, attempt: JobAttempt): Promise<MovedFile | undefined> {
    const { store, placer, reached = () => {} } = this.#parts;
    const [one, filing] = [await store.moves.get(frame), await store.frames.get(frame)];
    if (one === undefined || filing === undefined) return undefined;
    const { tries, repeats } = attempt;
    if (one.state === 'abandoned') return this.#clean(one, filing, tries);
    const order = await this.#orderOf(one, filing, repeats > 0 && tries <= scansMax);
    reached('relocating');
    const outcome = await placer.place(order);
    if (outcome.kind === 'placed') {
      if (!outcome.tookSource && (await this.#isCrossed(one))) return this.#attempt(frame, attempt);
      // Recorded before the old name is removed: a person had brought the file to our target.
      if (!outcome.tookSource && one.state !== 'linked')
        return this.#leave(one.from, one, one.to, outcome.fileId, tries);
      if (!outcome.tookSource) await this.#removeTempName(frame, one.to);
      return { frame, to: one.to, order, ...outcome };
    }
    if (outcome.kind === 'source-gone') return this.#missed(frame, tries);
    if (outcome.kind === 'put-back') return this.#leave(one.to, one, one.from, outcome.fileId, tries);
    // Recorded before use, so that a crash in between leads back to our own file.
    await store.moves.rename(frame, await this.#freeName(one, filing));
    return this.#attempt(frame, attempt);
  }

  async #orderOf(
    { frame, to, identity, from, state }: PendingMove,
    filing: FrameRecord,
    isAgain: boolean,
  ): Promise<PlaceOrder> {
    return {
      number: frame,
      source: await this.#pathOf(from),
      identity,
      fingerprint: filing.frame.fingerprint,
      folder: await this.#folderOf(to),
      name: to.name,
      mode: 'move',
      // A hard link of the inbox's file has two names at any time.
      isAgain: isAgain && filing.placement.mode !== 'hardlink',
      makesFolder: !(await this.#parts.store.groups.hasPlacedMember(to.group)),
      isLinked: state === 'linked',
      onLinked: () => this.#parts.store.moves.markLinked(frame),
    };
  }

  /**
   * Returns whether the old name was removed: by framesort before a crash, or by a person who keeps the
   * picture elsewhere.
   */
  async #isCrossed({ frame, to }: PendingMove): Promise<boolean> {
    await this.#parts.rescanLibrary();
    const now = await this.#parts.store.moves.get(frame);
    return (
      now === undefined || now.state === 'abandoned' || now.to.group !== to.group || now.to.name !== to.name
    );
  }

  /** The file is not at the old name: a person moved or changed the file. */
  async #missed(frame: FrameId, tries: number): Promise<undefined> {
    const { store, rescanLibrary } = this.#parts;
    await rescanLibrary();
    const [one, filing] = [await store.moves.get(frame), await store.frames.get(frame)];
    if (one === undefined || filing === undefined) return undefined;
    if (one.state !== 'abandoned') {
      if (tries < triesToFind)
        throw new OneFileError(
          `move ${await this.#pathOf(one.from)}: the file is gone; framesort searches the library for the picture`,
        );
      await store.abandonMove(frame);
    }
    return this.#clean(one, filing, tries);
  }

  /**
   * A person brought the file to the target before the move was recorded: the user's move counts, like any
   * user move.
   */
  async #leave(
    from: Location,
    { frame }: PendingMove,
    there: Location,
    fileId: string,
    tries: number,
  ): Promise<undefined> {
    const { store, rescanLibrary } = this.#parts;
    await rescanLibrary();
    const move = { kind: 'moved', frame, from: from.group, ...there, fileId, evidence: byHand } as const;
    await store.decideUserChanges(async () => (isOpen(await store.moves.get(frame)) ? [move] : []));
    const [dropped, filing] = [await store.moves.get(frame), await store.frames.get(frame)];
    return dropped && filing && this.#clean(dropped, filing, tries);
  }

  /** Removes the names left by an abandoned move beside the current name of the file. */
  async #clean(one: PendingMove, filing: FrameRecord, tries: number): Promise<undefined> {
    const { store, files, placer } = this.#parts;
    const { frame } = one;
    const order = await this.#orderOf(one, filing, false);
    const here = { group: filing.placement.group, name: filing.placement.name };
    const there = await statIfExists(files, await this.#pathOf(here));
    const draft = await statIfExists(files, this.#draftOf(frame));
    for (const location of [one.from, one.to]) {
      if (location.group === here.group && location.name === here.name) continue;
      await placer.restoreName({ ...order, source: await this.#pathOf(location) });
      const left = await statIfExists(files, await this.#pathOf(location));
      if (left === undefined || !isOurs(left, one, draft)) continue;
      if (there === undefined) return this.#adopt(one, filing, location, left, tries);
      if (sameFile(there, left) || (there.kind === 'file' && (await this.#isWhole(here, filing))))
        await placer.takeAway({ ...order, source: await this.#pathOf(location), identity: left.identity });
    }
    await this.#removeTempName(frame, here);
    await placer.clear(order);
    await store.endMove(frame);
    return undefined;
  }

  /**
   * A person renamed the folder while the placer took the old name aside: the hidden name may be in any
   * folder.
   */
  async #removeTempName(frame: FrameId, here: Location): Promise<void> {
    const { files } = this.#parts;
    const there = await statIfExists(files, await this.#pathOf(here));
    if (there === undefined || there.links === 1) return;
    for await (const { path } of findHardLinks(there, tempName(frame), this.#parts)) await files.unlink(path);
  }

  async #isWhole(here: Location, filing: FrameRecord): Promise<boolean> {
    return (await this.#parts.files.hash(await this.#pathOf(here))) === filing.frame.fingerprint;
  }

  /** The file moved by a person is gone, and another name of the file is left: the picture is there. */
  async #adopt(
    one: PendingMove,
    filing: FrameRecord,
    location: Location,
    left: FileStats,
    tries: number,
  ): Promise<undefined> {
    const { store, rescanLibrary } = this.#parts;
    await rescanLibrary();
    if (tries < triesToFind)
      throw new OneFileError(
        `move ${await this.#pathOf(location)}: another name of the file is gone; framesort searches for the name`,
      );
    const [fileId, { evidence }] = [`${left.device}:${left.inode}`, filing];
    await store.applyUserChanges([
      { kind: 'moved', frame: one.frame, from: location.group, ...location, fileId, evidence },
    ]);
    throw new OneFileError(`move ${await this.#pathOf(location)}: framesort found the file again`);
  }

  async #freeName({ to }: PendingMove, { frame }: FrameRecord): Promise<string> {
    const { files, library, store } = this.#parts;
    const isReserved = async (name: string) => (await store.frames.at(to.group, name)) !== undefined;
    const wanted = plainName(to.name, basename(frame.source));
    return freeNameIn(`${library}/${await this.#folderOf(to)}`, wanted, { files, isReserved });
  }

  async #pathOf({ group, name }: Location): Promise<string> {
    return `${this.#parts.library}/${await this.#folderOf({ group })}/${name}`;
  }

  async #folderOf({ group }: Pick<Location, 'group'>): Promise<string> {
    return this.#parts.store.groups.folderOf(group);
  }

  #draftOf(frame: FrameId): string {
    return `${this.#parts.library}/${draftsFolder}/${frame}`;
  }
}

function keyOf(frame: FrameId): string {
  return `move of frame ${frame}`;
}

/** Returns whether the file is the moved file or the copy of the moved file. */
function isOurs(file: FileStats, { identity }: PendingMove, draft: FileStats | undefined): boolean {
  return file.identity === identity || (draft !== undefined && sameFile(file, draft));
}
