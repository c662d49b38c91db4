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
import { freeNameIn } from './free-name.ts';
import { findHardLinks } from './hard-links.ts';
import type { PlaceOrder, Placing } from './place-order.ts';
import { type PendingRetry, RetryQueue, type RetryQueueParts } from './retry-queue.ts';

export interface MoveWorkerParts extends RetryQueueParts {
  readonly store: TrackedStore;
  readonly placer: Placing;
  /** Scans the library. Throws if the scan is impossible. */
  readonly rescanLibrary: () => Promise<void>;
  readonly reached?: (step: MoveStep) => void;
}

/** Named for the crash tests. */
export type MoveStep = 'relocating' | 'relocated';

type Done = FinishedMove & { readonly order: PlaceOrder; readonly leavesDraft: boolean };

/** Moves whose names are synced and recorded together. */
const batchMax = 32;

/**
 * Scans for a missing file before its move is abandoned. After that the frame is missing like any other
 * frame.
 */
const triesMax = 3;

/**
 * Scans that a second name of a file is waited for: a move before a crash may have created the second name.
 */
const looksMax = 5;

/**
 * Carries out moves from group to group. The store is the queue: a frame belongs to its old group until the
 * file is in the new group and the store has the record. After a failure the next try does the rest. If the
 * user was faster, the move is abandoned, and only our leftovers are removed.
 */
export class MoveWorker {
  readonly #parts: MoveWorkerParts;
  readonly #retryQueue: RetryQueue;
  readonly #tries = new Map<FrameId, number>();
  #isRunning = false;

  constructor(parts: MoveWorkerParts) {
    this.#parts = parts;
    this.#retryQueue = new RetryQueue(parts, parts.rescanLibrary);
  }

  pendingRetries(): PendingRetry[] {
    return this.#retryQueue.pendingRetries();
  }

  frames(): FrameId[] {
    return Array.from(this.#parts.store.regroupings.underWay(), ({ frame }) => frame);
  }

  /**
   * Carries out planned moves and retries due moves. `isFromBefore`: an earlier run may have begun the moves.
   */
  async carryOut(isFromBefore = false): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      await this.#retryQueue.retryDue();
      const waiting = this.#parts.store
        .followMoves()
        .filter(({ frame }) => !this.#retryQueue.isDeferred(keyOf(frame)));
      for (let at = 0; at < waiting.length && !this.#parts.signal.aborted; at += batchMax)
        await this.#carryOutBatch(waiting.slice(at, at + batchMax), isFromBefore);
    } finally {
      this.#isRunning = false;
    }
  }

  /** Like `carryOut`, until no retry can help. For runs with an end. */
  async finish(): Promise<void> {
    await this.carryOut();
    await this.#retryQueue.finish();
  }

  /** For people. */
  #whatIs(frame: FrameId): string {
    const from = this.#parts.store.regroupings.pendingMove(frame)?.from;
    return from === undefined ? keyOf(frame) : `${this.#pathOf(from)} (to another group)`;
  }

  async #carryOutBatch(batch: readonly PendingMove[], isFromBefore: boolean): Promise<void> {
    const done: Done[] = [];
    for (const { frame } of batch) {
      const retry = async () => this.#record(await this.#relocated(frame, true));
      const work = async (isAgain: boolean) =>
        void done.push(...(await this.#relocated(frame, isAgain || isFromBefore)));
      await this.#retryQueue.attempt({ key: keyOf(frame), what: this.#whatIs(frame), retry }, work);
    }
    if (done.length === 0) return;
    const record = () => this.#record(done);
    const key = `record of moves of frames ${done.map(({ frame }) => frame).join(', ')}`;
    const what = `the record of ${done.length} moves from ${done[0]?.order.source} on`;
    await this.#retryQueue.attempt({ key, what, retry: record });
  }

  /** Makes the new names durable, then records the moves. */
  async #record(done: readonly Done[]): Promise<void> {
    if (done.length === 0) return;
    const { placer, store, reached = () => {} } = this.#parts;
    await placer.sync(done.map(({ order }) => order));
    store.regroupings.finishMoves(done);
    reached('relocated');
    for (const { frame } of done) this.#tries.delete(frame);
    for (const { order, leavesDraft } of done) if (leavesDraft) await placer.clear(order);
  }

  async #relocated(frame: FrameId, isAgain: boolean): Promise<readonly Done[]> {
    const { store, placer, reached = () => {} } = this.#parts;
    const [one, filing] = [store.regroupings.pendingMove(frame), store.filing(frame)];
    if (one === undefined || filing === undefined) return [];
    if (one.state === 'abandoned') return this.#clean(one, filing);
    const looks = this.#looksOf(frame);
    const order = this.#orderOf(one, filing, isAgain && looks <= looksMax);
    reached('relocating');
    const outcome = await placer.place(order);
    if (outcome.kind === 'placed') {
      if (!outcome.tookSource && (await this.#isCrossed(one))) return this.#relocated(frame, isAgain);
      // Recorded before the old name is removed: a person had brought the file to our target.
      if (!outcome.tookSource && one.state !== 'linked')
        return this.#leave(one.from, one, one.to, outcome.fileId);
      if (!outcome.tookSource) await this.#removeTempName(frame, one.to);
      return [{ frame, to: one.to, order, ...outcome }];
    }
    if (outcome.kind === 'source-gone') return this.#missed(frame, looks);
    if (outcome.kind === 'put-back') return this.#leave(one.to, one, one.from, outcome.fileId);
    // Recorded before use, so that a crash in between leads back to our own file.
    store.regroupings.rename(frame, await this.#freeName(one, filing));
    return this.#relocated(frame, isAgain);
  }

  #orderOf(
    { frame, to, identity, from, state }: PendingMove,
    filing: FrameRecord,
    isAgain: boolean,
  ): PlaceOrder {
    return {
      number: frame,
      source: this.#pathOf(from),
      identity,
      fingerprint: filing.frame.fingerprint,
      folder: this.#folderOf(to),
      name: to.name,
      mode: 'move',
      // A hard link of the inbox's file has two names at any time.
      isAgain: isAgain && filing.placement.mode !== 'hardlink',
      makesFolder: !this.#hasPlaced(to),
      isLinked: state === 'linked',
      onLinked: () => this.#parts.store.regroupings.markLinked(frame),
    };
  }

  /**
   * Returns whether the old name was removed: by framesort before a crash, or by a person who keeps the
   * picture elsewhere.
   */
  async #isCrossed({ frame, to }: PendingMove): Promise<boolean> {
    await this.#parts.rescanLibrary();
    const now = this.#parts.store.regroupings.pendingMove(frame);
    return (
      now === undefined || now.state === 'abandoned' || now.to.group !== to.group || now.to.name !== to.name
    );
  }

  #looksOf(frame: FrameId): number {
    const looks = (this.#tries.get(frame) ?? 0) + 1;
    this.#tries.set(frame, looks);
    return looks;
  }

  /** Returns whether the group's folder exists by our work: the group has a placed member. */
  #hasPlaced({ group }: Location): boolean {
    const { store } = this.#parts;
    for (const member of store.members(group))
      if (store.filing(member)?.placement.state === 'placed') return true;
    return false;
  }

  /** The file is not at the old name: a person moved or changed the file. */
  async #missed(frame: FrameId, looks: number): Promise<readonly Done[]> {
    const { store, rescanLibrary } = this.#parts;
    await rescanLibrary();
    const [one, filing] = [store.regroupings.pendingMove(frame), store.filing(frame)];
    if (one === undefined || filing === undefined) return [];
    if (one.state !== 'abandoned') {
      if (looks < triesMax)
        throw new OneFileError(`move ${this.#pathOf(one.from)}: it is gone; looking for it`);
      store.regroupings.drop(frame);
    }
    return this.#clean(one, filing);
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
  ): Promise<readonly Done[]> {
    const { store, rescanLibrary } = this.#parts;
    await rescanLibrary();
    if (isOpen(store.regroupings.pendingMove(frame)))
      store.applyUserChanges([
        { kind: 'moved', frame, from: from.group, ...there, fileId, evidence: byHand },
      ]);
    const [dropped, filing] = [store.regroupings.pendingMove(frame), store.filing(frame)];
    return dropped === undefined || filing === undefined ? [] : this.#clean(dropped, filing);
  }

  /** Removes the names left by an abandoned move beside the current name of the file. */
  async #clean(one: PendingMove, filing: FrameRecord): Promise<readonly Done[]> {
    const { store, files, placer } = this.#parts;
    const { frame } = one;
    const order = this.#orderOf(one, filing, false);
    const here = { group: filing.placement.group, name: filing.placement.name };
    const there = await statIfExists(files, this.#pathOf(here));
    const draft = await statIfExists(files, this.#draftOf(frame));
    for (const location of [one.from, one.to]) {
      if (location.group === here.group && location.name === here.name) continue;
      await placer.restoreName({ ...order, source: this.#pathOf(location) });
      const left = await statIfExists(files, this.#pathOf(location));
      if (left === undefined || !isOurs(left, one, draft)) continue;
      if (there === undefined) return this.#adopt(one, filing, location, left);
      if (sameFile(there, left) || (there.kind === 'file' && (await this.#isWhole(here, filing))))
        await placer.takeAway({ ...order, source: this.#pathOf(location), identity: left.identity });
    }
    await this.#removeTempName(frame, here);
    await placer.clear(order);
    store.regroupings.end(frame);
    this.#tries.delete(frame);
    return [];
  }

  /**
   * A person renamed the folder while the placer took the old name aside: the hidden name may be in any
   * folder.
   */
  async #removeTempName(frame: FrameId, here: Location): Promise<void> {
    const { files } = this.#parts;
    const there = await statIfExists(files, this.#pathOf(here));
    if (there === undefined || there.links === 1) return;
    for await (const { path } of findHardLinks(there, tempName(frame), this.#parts)) await files.unlink(path);
  }

  async #isWhole(here: Location, filing: FrameRecord): Promise<boolean> {
    return (await this.#parts.files.hash(this.#pathOf(here))) === filing.frame.fingerprint;
  }

  /** The file moved by a person is gone, and another name of the file is left: the picture is there. */
  async #adopt(
    one: PendingMove,
    filing: FrameRecord,
    location: Location,
    left: FileStats,
  ): Promise<readonly Done[]> {
    const { store, rescanLibrary } = this.#parts;
    await rescanLibrary();
    if (this.#looksOf(one.frame) < triesMax)
      throw new OneFileError(`move ${this.#pathOf(location)}: another name of it is gone; looking for it`);
    const [fileId, { evidence }] = [`${left.device}:${left.inode}`, filing];
    store.applyUserChanges([
      { kind: 'moved', frame: one.frame, from: location.group, ...location, fileId, evidence },
    ]);
    this.#tries.delete(one.frame);
    throw new OneFileError(`move ${this.#pathOf(location)}: found again`);
  }

  async #freeName({ to }: PendingMove, { frame }: FrameRecord): Promise<string> {
    const { files, library, store } = this.#parts;
    const isReserved = (name: string) => store.frameAt(to.group, name) !== undefined;
    const wanted = plainName(to.name, basename(frame.source));
    return freeNameIn(`${library}/${this.#folderOf(to)}`, wanted, { files, isReserved });
  }

  #pathOf({ group, name }: Location): string {
    return `${this.#parts.library}/${this.#folderOf({ group })}/${name}`;
  }

  #folderOf({ group }: Pick<Location, 'group'>): string {
    return this.#parts.store.folderOf(group);
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
