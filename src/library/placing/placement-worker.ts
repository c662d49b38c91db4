import type { FrameId } from '../../domain/frame.ts';
import type { GroupId } from '../../domain/group.ts';
import { nameForAttempt, quarantineFolder } from '../../domain/placement.ts';
import { codeOf, OneFileError, TransientError } from '../../lib/errors.ts';
import { printable, toBytes } from '../../lib/fs/byte-path.ts';
import type { TrackedStore } from '../../storage/library-state.ts';
import type { FrameRecord, Quarantined } from '../../storage/store.ts';
import { assertMounted } from '../library-folder.ts';
import { freeNameIn } from './free-name.ts';
import { type MoveStep, MoveWorker } from './move-worker.ts';
import type { Outcome, PlaceOrder, Placing } from './place-order.ts';
import { type PendingRetry, RetryQueue, type RetryQueueParts } from './retry-queue.ts';
import { removeWrongLink } from './wrong-link.ts';

export interface PlacementWorkerParts extends RetryQueueParts {
  readonly store: TrackedStore;
  readonly placer: Placing;
  /**
   * Reconciles the library with the user's changes, if a file is missing. Returns false if the library cannot
   * be scanned.
   */
  readonly reconcile: () => Promise<boolean>;
  readonly reached?: (step: MoveStep) => void;
}

interface PlacedOrder {
  readonly frame: FrameId;
  readonly group: GroupId;
  readonly order: PlaceOrder;
  readonly fileId: string;
  readonly leavesDraft: boolean;
}

/** Scans for a file with several names before the file is placed anyway. */
const looksMax = 5;

/**
 * Tries before a missing file is gone: a scan can miss a file that people move during the scan. Fewer than
 * the tries of `sort`.
 */
const triesToFind = 3;

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
  readonly #retryQueue: RetryQueue;
  readonly #relocating: MoveWorker;
  readonly #looks = new Map<FrameId, number>();

  constructor(parts: PlacementWorkerParts) {
    this.#parts = parts;
    const rescanLibrary = () => this.#rescanLibrary();
    this.#retryQueue = new RetryQueue(parts, rescanLibrary);
    this.#relocating = new MoveWorker({ ...parts, rescanLibrary });
  }

  pendingRetries(): PendingRetry[] {
    return [...this.#retryQueue.pendingRetries(), ...this.#relocating.pendingRetries()];
  }

  /**
   * Places frames and records the placements. Returns after the record, after a deferral, or after an abort.
   */
  async carryOut(frames: readonly FrameId[]): Promise<void> {
    const placed: PlacedOrder[] = [];
    for (const frame of frames) {
      const retry = async () => this.#record(await this.#placedAgain(frame));
      const work = async (isAgain: boolean) =>
        void placed.push(...(isAgain ? await this.#placedAgain(frame) : await this.#placed(frame)));
      await this.#retryQueue.attempt({ ...this.#taskOf(frame), retry }, work);
    }
    if (placed.length === 0) return;
    const record = () => this.#record(placed);
    const key = `record of frames ${placed.map(({ frame }) => frame).join(', ')}`;
    const what = `the record of ${placed.length} pictures from ${placed[0]?.order.source} on`;
    await this.#retryQueue.attempt({ key, what, retry: record });
  }

  #taskOf(frame: FrameId): { readonly key: string; readonly what: string } {
    const key = `frame ${frame}`;
    return { key, what: this.#parts.store.filing(frame)?.frame.source ?? key };
  }

  async #placed(frame: FrameId, isAgain = false): Promise<readonly PlacedOrder[]> {
    const one = (!isAgain && (await this.#placeAtOnce(frame))) || (await this.#place(frame, isAgain));
    return one === undefined ? [] : [one];
  }

  /** After some scans another name of the file counts as a name given by the user. */
  async #placedAgain(frame: FrameId): Promise<readonly PlacedOrder[]> {
    const looks = (this.#looks.get(frame) ?? 0) + 1;
    this.#looks.set(frame, looks);
    const placed = await this.#placed(frame, looks <= looksMax);
    this.#looks.delete(frame);
    return placed;
  }

  /** Makes the new names durable, then records the placements. */
  async #record(placed: readonly PlacedOrder[]): Promise<void> {
    if (placed.length === 0) return;
    await this.#parts.placer.sync(placed.map(({ order }) => order));
    const state = 'placed' as const;
    this.#parts.store.markPlaced(
      placed.map(({ frame, group, order, fileId }) => ({
        frame,
        group,
        name: order.name,
        state,
        fileId,
      })),
    );
    for (const { order, leavesDraft } of placed) if (leavesDraft) await this.#parts.placer.clear(order);
  }

  /** Carries out all plans of an earlier run. */
  async resume(): Promise<void> {
    const { store } = this.#parts;
    const frames = Array.from(store.planned());
    const moves = this.#relocating.frames();
    const look = { key: 'library', what: this.#parts.library, retry: () => this.#rescanLibrary() };
    if (frames.length + moves.length > 0) await this.#retryQueue.attempt(look);
    for (const frame of frames) {
      const retry = async () => this.#record(await this.#placedAgain(frame));
      await this.#retryQueue.attempt({ ...this.#taskOf(frame), retry });
    }
    for (const one of Array.from(store.quarantined()))
      if (one.state === 'planned') await this.quarantine(one);
    await this.#relocating.carryOut(true);
    const left = new Set([...store.planned(), ...this.#relocating.frames()]);
    const done = [...frames, ...moves].filter((frame) => !left.has(frame)).length;
    if (done > 0) this.#parts.events.emit('frames.resumed', { frames: done });
  }

  /** Removes drafts without an order. */
  async sweep(): Promise<void> {
    const { store, placer } = this.#parts;
    const planned = new Set<number>([...store.planned(), ...this.#relocating.frames()]);
    for (const one of store.quarantined()) if (one.state === 'planned') planned.add(-one.id);
    await placer.sweep(planned);
  }

  /** Moves an unusable file from the inbox to quarantine, with a note about the reason. */
  async quarantine(one: Quarantined): Promise<void> {
    if (one.state !== 'planned') return;
    const carryOut = async () => {
      const folder = quarantineFolder(one.id);
      const name = baseName(one.source);
      const order = {
        number: -one.id,
        fingerprint: undefined,
        folder,
        name,
        mode: 'move',
        isAgain: false,
        makesFolder: true,
        ...sourceOf(one),
      } as const;
      if (!(await this.#moveToQuarantine(order))) return this.#parts.store.release([one]);
      await this.#parts.placer.note(order, 'reason.json', `${JSON.stringify(reasonOf(one), null, 2)}\n`);
      await this.#parts.placer.sync([order]);
      this.#parts.store.commit([{ kind: 'quarantine', quarantined: { ...one, state: 'placed' } }]);
      await this.#parts.placer.clear(order);
    };
    await this.#retryQueue.attempt({ key: `quarantine ${one.id}`, what: one.source, retry: carryOut });
  }

  /**
   * Returns false if the file was removed before and the quarantine folder is empty. People may put files
   * there.
   */
  async #moveToQuarantine(order: PlaceOrder): Promise<boolean> {
    for (let attempt = 1; ; attempt++) {
      const name = nameForAttempt(order.name, attempt, (text) => toBytes(text).length);
      const { kind } = await this.#parts.placer.place({ ...order, name });
      if (kind === 'source-gone') return this.#holdsAnything(order.folder);
      if (kind === 'placed') return true;
    }
  }

  async #holdsAnything(folder: string): Promise<boolean> {
    const { files, library } = this.#parts;
    return files.readFolder(`${library}/${folder}`).then(
      (entries) => entries.length > 0,
      (error) => {
        if (codeOf(error) !== 'ENOENT') throw error;
        return false;
      },
    );
  }

  /** Retries due placements. Call periodically. */
  retryPending(): Promise<void> {
    return this.#retryQueue.retryDue();
  }

  /** Retries due placements and carries out planned moves. Call periodically. */
  async attend(): Promise<void> {
    await this.#retryQueue.retryDue();
    await this.#relocating.carryOut();
  }

  /** Like `attend`, until no retry can help. For runs with an end. */
  async finish(): Promise<void> {
    await this.attend();
    await this.#retryQueue.finish();
    await this.#relocating.finish();
  }

  async #placeAtOnce(frame: FrameId): Promise<PlacedOrder | undefined> {
    const filing = this.#parts.store.filing(frame);
    if (filing === undefined || filing.placement.state === 'placed') return undefined;
    const order = orderOf(filing);
    const outcome = await this.#parts.placer.placeAtOnce(order);
    return outcome?.kind === 'placed'
      ? { frame, group: filing.placement.group, order, ...outcome }
      : undefined;
  }

  /** Places a frame. Returns undefined if the picture is gone and the frame was forgotten. */
  async #place(frame: FrameId, isAgain: boolean): Promise<PlacedOrder | undefined> {
    const filing = await this.#planOf(frame);
    if (filing === undefined || filing.placement.state === 'placed') return undefined;
    const order = { ...orderOf(filing), isAgain, makesFolder: !this.#hasPlaced(filing) };
    const outcome = await this.#parts.placer.place(order);
    if (outcome.kind === 'placed') return { frame, group: filing.placement.group, order, ...outcome };
    return this.#replan(filing, outcome, isAgain);
  }

  /** A missing folder may have been renamed by the user: reconciles before making the folder again. */
  async #planOf(frame: FrameId): Promise<FrameRecord | undefined> {
    const { store, files, library, reconcile } = this.#parts;
    const filing = store.filing(frame);
    if (filing === undefined || !this.#hasPlaced(filing)) return filing;
    const isThere = await files.stat(`${library}/${filing.placement.folder}`).then(
      () => true,
      (error) => codeOf(error) !== 'ENOENT',
    );
    if (isThere) return filing;
    await reconcile();
    return store.filing(frame);
  }

  /** Returns whether the group's folder exists by our work: the group has a placed member. */
  #hasPlaced({ placement }: FrameRecord): boolean {
    const { store } = this.#parts;
    for (const member of store.members(placement.group))
      if (store.filing(member)?.placement.state === 'placed') return true;
    return false;
  }

  async #replan(filing: FrameRecord, outcome: Outcome, isAgain: boolean): Promise<PlacedOrder | undefined> {
    const { frame, placement } = filing;
    if (outcome.kind === 'name-taken') {
      // Recorded before use, so that a crash in between leads back to our own file.
      const name = await this.#freeName(filing);
      this.#parts.store.markPlaced([
        { frame: frame.id, group: placement.group, name, state: 'planned', fileId: undefined },
      ]);
      return this.#place(frame.id, isAgain);
    }
    if (await this.#wasMoved(filing)) return this.#place(frame.id, isAgain);
    const looks = this.#looks.get(frame.id) ?? triesToFind;
    if (looks < triesToFind) throw new OneFileError(`file ${frame.source}: it is gone; looking for it`);
    if (placement.mode === 'move' || placement.mode === 'hardlink')
      await removeWrongLink(filing, this.#parts);
    await assertMounted(this.#parts.library, this.#parts.files); // without its disk a library looks empty
    this.#parts.store.forget([frame.id]);
    this.#parts.events.emit('frame.lost', { frame: frame.id, source: frame.source });
    return undefined;
  }

  /** The file was in place before a crash, and somebody moved the file within the library. */
  async #wasMoved({ frame, placement: before }: FrameRecord): Promise<boolean> {
    await this.#rescanLibrary();
    const after = this.#parts.store.filing(frame.id)?.placement;
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
    const isReserved = (name: string) => store.frameAt(placement.group, name) !== undefined;
    return freeNameIn(`${library}/${placement.folder}`, baseName(frame.source), { files, isReserved });
  }
}

function orderOf({ frame, placement }: FrameRecord): PlaceOrder {
  const { id: number, fingerprint } = frame;
  return {
    number,
    fingerprint,
    ...sourceOf(frame),
    folder: placement.folder,
    name: placement.name,
    mode: placement.mode,
    isAgain: false,
    makesFolder: false,
  };
}

function sourceOf({ source, identity }: { source: string; identity: string }) {
  return { source, identity };
}

function reasonOf({ source, reason, message, whenMs }: Quarantined) {
  return { source: printable(source), reason, message, when: new Date(whenMs).toISOString() };
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
