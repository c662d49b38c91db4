import { basename } from 'node:path';
import type { FrameId } from '../../domain/frame.ts';
import type { GroupId } from '../../domain/group.ts';
import { codeOf, OneFileError, TransientError } from '../../lib/errors.ts';
import type { TrackedStore } from '../../storage/library-state.ts';
import type { FrameRecord, Placed, Quarantined } from '../../storage/store.ts';
import { assertMounted } from '../library-folder.ts';
import { moveToQuarantine } from '../quarantine/move-to-quarantine.ts';
import { type DoneJob, type FileJobParts, FileJobs, type JobAttempt } from './file-jobs.ts';
import { freeNameIn } from './free-name.ts';
import { type MoveStep, MoveWorker } from './move-worker.ts';
import type { Outcome, PlaceOrder } from './place-order.ts';
import type { PendingRetry } from './retry-queue.ts';
import { removeWrongLink } from './wrong-link.ts';

export interface PlacementWorkerParts extends FileJobParts {
  readonly store: TrackedStore;
  /**
   * Reconciles the library with the user's changes, if a file is missing. Returns false if the library cannot
   * be scanned.
   */
  readonly reconcile: () => Promise<boolean>;
  readonly reached?: (step: MoveStep) => void;
}

interface PlacedFile extends DoneJob {
  readonly group: GroupId;
  readonly fileId: string;
}

/** Repeats that wait for a file with several names, before the file is placed anyway. */
const scansMax = 5;

/**
 * Repeats before a missing file is gone: a scan can miss a file that people move during the scan. Fewer than
 * the tries of `sort`.
 */
const repeatsToFind = 3;

/**
 * Carries out planned placements. The store is the queue:
 *
 *   planned ──> placed (recorded)
 *      └──────> forgotten (the picture was removed before)
 *
 * A placement stays planned until the file is in place. After a crash or on a full disk the next try does the
 * rest.
 */
export class PlacementWorker {
  readonly #parts: PlacementWorkerParts;
  readonly #jobs: FileJobs<PlacedFile>;
  readonly #moves: MoveWorker;

  constructor(parts: PlacementWorkerParts) {
    this.#parts = parts;
    const rescanLibrary = () => this.#rescanLibrary();
    this.#jobs = new FileJobs(parts, {
      keyOf,
      describe: async (frame) => (await parts.store.frames.get(frame))?.frame.source ?? keyOf(frame),
      describeRecord: (done) => `the record of ${done.length} pictures from ${done[0]?.order.source} on`,
      attempt: (frame, attempt) => this.#attempt(frame, attempt),
      record: (done) => parts.store.frames.markPlaced(done.map(placedOf)),
      beforeRetry: rescanLibrary,
    });
    this.#moves = new MoveWorker({ ...parts, rescanLibrary });
  }

  pendingRetries(): PendingRetry[] {
    return [...this.#jobs.pendingRetries(), ...this.#moves.pendingRetries()];
  }

  /**
   * Places frames and records the placements. Returns after the record, after a deferral, or after an abort.
   */
  carryOut(frames: readonly FrameId[]): Promise<void> {
    return this.#jobs.run(frames);
  }

  /** Carries out all plans of an earlier run. */
  async resume(): Promise<void> {
    const { store, library, events } = this.#parts;
    const frames = await store.frames.planned();
    const moves = await this.#moves.frames();
    const scan = { key: 'library', what: library, retry: () => this.#rescanLibrary() };
    if (frames.length + moves.length > 0) await this.#jobs.attempt(scan);
    for (const frame of frames) await this.#jobs.resume(frame);
    for (const one of await store.quarantine.all()) if (one.state === 'planned') await this.quarantine(one);
    await this.#moves.carryOut(true);
    const left = new Set([...(await store.frames.planned()), ...(await this.#moves.frames())]);
    const done = [...frames, ...moves].filter((frame) => !left.has(frame)).length;
    if (done > 0) events.emit('frames.resumed', { frames: done });
  }

  /** Removes drafts without an order. */
  async sweep(): Promise<void> {
    const { store, placer } = this.#parts;
    const planned = new Set<number>([...(await store.frames.planned()), ...(await this.#moves.frames())]);
    for (const one of await store.quarantine.all()) if (one.state === 'planned') planned.add(-one.id);
    await placer.sweep(planned);
  }

  /** Moves an unusable file from the inbox to quarantine, with a note about the reason. */
  async quarantine(one: Quarantined): Promise<void> {
    if (one.state !== 'planned') return;
    const retry = () => moveToQuarantine(one, this.#parts);
    await this.#jobs.attempt({ key: `quarantine ${one.id}`, what: one.source, retry });
  }

  /** Retries due placements. Call periodically. */
  retryPending(): Promise<void> {
    return this.#jobs.retryDue();
  }

  /** Retries due placements and carries out planned moves. Call periodically. */
  async attend(): Promise<void> {
    await this.#jobs.retryDue();
    await this.#moves.carryOut();
  }

  /** Like `attend`, until no retry can help. For runs with an end. */
  async finish(): Promise<void> {
    await this.attend();
    await this.#jobs.finish();
    await this.#moves.finish();
  }

  async #attempt(frame: FrameId, { repeats }: JobAttempt): Promise<PlacedFile | undefined> {
    const atOnce = repeats === 0 ? await this.#placeAtOnce(frame) : undefined;
    return atOnce ?? this.#place(frame, repeats);
  }

  async #placeAtOnce(frame: FrameId): Promise<PlacedFile | undefined> {
    const filing = await this.#parts.store.frames.get(frame);
    if (filing === undefined || filing.placement.state === 'placed') return undefined;
    const order = orderOf(filing);
    const outcome = await this.#parts.placer.placeAtOnce(order);
    return outcome?.kind === 'placed'
      ? { frame, group: filing.placement.group, order, ...outcome }
      : undefined;
  }

  /** Places a frame. Returns undefined if the picture is gone and the frame was forgotten. */
  async #place(frame: FrameId, repeats: number): Promise<PlacedFile | undefined> {
    const filing = await this.#planOf(frame);
    if (filing === undefined || filing.placement.state === 'placed') return undefined;
    const isAgain = repeats > 0 && repeats <= scansMax;
    const makesFolder = !(await this.#parts.store.groups.hasPlacedMember(filing.placement.group));
    const order = { ...orderOf(filing), isAgain, makesFolder };
    const outcome = await this.#parts.placer.place(order);
    if (outcome.kind === 'placed') return { frame, group: filing.placement.group, order, ...outcome };
    return this.#replan(filing, outcome, repeats);
  }

  /** A missing folder may have been renamed by the user: reconciles before making the folder again. */
  async #planOf(frame: FrameId): Promise<FrameRecord | undefined> {
    const { store, files, library, reconcile } = this.#parts;
    const filing = await store.frames.get(frame);
    if (filing === undefined || !(await store.groups.hasPlacedMember(filing.placement.group))) return filing;
    const isThere = await files.stat(`${library}/${filing.placement.folder}`).then(
      () => true,
      (error) => codeOf(error) !== 'ENOENT',
    );
    if (isThere) return filing;
    await reconcile();
    return store.frames.get(frame);
  }

  async #replan(filing: FrameRecord, outcome: Outcome, repeats: number): Promise<PlacedFile | undefined> {
    const { frame, placement } = filing;
    if (outcome.kind === 'name-taken') {
      // Recorded before use, so that a crash in between leads back to our own file.
      const name = await this.#freeName(filing);
      await this.#parts.store.frames.markPlaced([
        { frame: frame.id, group: placement.group, name, state: 'planned', fileId: undefined },
      ]);
      return this.#place(frame.id, repeats);
    }
    if (await this.#wasMoved(filing)) return this.#place(frame.id, repeats);
    if (repeats > 0 && repeats < repeatsToFind)
      throw new OneFileError(
        `file ${frame.source}: the file is gone; framesort searches the library for the picture`,
      );
    if (placement.mode === 'move' || placement.mode === 'hardlink')
      await removeWrongLink(filing, this.#parts);
    await assertMounted(this.#parts.library, this.#parts.files); // without its disk a library looks empty
    await this.#parts.store.forget([frame.id]);
    this.#parts.events.emit('frame.lost', { frame: frame.id, source: frame.source });
    return undefined;
  }

  /** The file was in place before a crash, and somebody moved the file within the library. */
  async #wasMoved({ frame, placement: before }: FrameRecord): Promise<boolean> {
    await this.#rescanLibrary();
    const after = (await this.#parts.store.frames.get(frame.id))?.placement;
    if (after === undefined) return false;
    return after.folder !== before.folder || after.group !== before.group || after.name !== before.name;
  }

  /** Runs before each retry: a person may have moved files since the first try. */
  async #rescanLibrary(): Promise<void> {
    if (await this.#parts.reconcile()) return;
    throw new TransientError(`scan the library ${this.#parts.library}: not possible now`, {
      hint: 'Mount the disk of the library, or see to it that it can be read.',
    });
  }

  async #freeName({ placement, frame }: FrameRecord): Promise<string> {
    const { store, files, library } = this.#parts;
    const isReserved = async (name: string) => (await store.frames.at(placement.group, name)) !== undefined;
    return freeNameIn(`${library}/${placement.folder}`, basename(frame.source), { files, isReserved });
  }
}

function keyOf(frame: FrameId): string {
  return `frame ${frame}`;
}

function placedOf({ frame, group, order, fileId }: PlacedFile): Placed {
  return { frame, group, name: order.name, state: 'placed', fileId };
}

function orderOf({ frame, placement }: FrameRecord): PlaceOrder {
  const { id: number, fingerprint, source, identity } = frame;
  const { folder, name, mode } = placement;
  const order = { number, fingerprint, source, identity, folder, name, mode };
  return { ...order, isAgain: false, makesFolder: false };
}
