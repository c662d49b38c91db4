import type { Catalogue } from './assign/catalogue.ts';
import type { FrameId } from './domain/frame.ts';
import type { GroupId } from './domain/group.ts';
import { freeName, nameForAttempt, quarantineFolder } from './domain/placement.ts';
import { backoffMs } from './lib/backoff.ts';
import { printable, toBytes } from './lib/byte-path.ts';
import type { Clock } from './lib/clock.ts';
import { codeOf, isOfSystem, messageOf, TransientError } from './lib/errors.ts';
import type { Files } from './lib/files.ts';
import type { Logger } from './lib/logger.ts';
import type { Outcome, PlaceOrder, Placing } from './place/order.ts';
import type { Filing, Quarantined, Store } from './store/store.ts';

export interface FilingParts {
  readonly store: Store;
  readonly catalogue: Catalogue;
  readonly placer: Placing;
  readonly files: Files;
  readonly library: string;
  /** Looks what a person did in the library; called when something is not where it was. False if it could not look. */
  readonly reconcile: () => Promise<boolean>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Tries after which a refusing disk is given up. */
  readonly triesMax: number;
}

/** A recorded placement that could not be carried out yet. */
export interface Stuck {
  readonly what: string;
  readonly message: string;
  readonly tries: number;
}

interface PlacedOrder {
  readonly frame: FrameId;
  readonly group: GroupId;
  readonly order: PlaceOrder;
  readonly placedAs: string;
  readonly leavesDraft: boolean;
}

/** Looks for a file of several names before it is placed nevertheless. */
const looksMax = 5;

/** Placements that may wait for another try before new ones have to. */
const stuckMax = 64;

/** These concern the whole library, not one file: nothing else would fare better. */
const everywhere = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EMFILE', 'ENFILE', 'ESTALE', 'ENODEV']);

/**
 * Carries out what the store has planned. The store is the queue: a placement stays planned until its file is there, so
 * what a crash or a full disk leaves undone is done at the next try.
 */
export class FilingWork {
  readonly #parts: FilingParts;
  readonly #stuck = new Map<
    string,
    Stuck & { readonly retry: () => Promise<void>; readonly dueMs: number }
  >();

  readonly #looks = new Map<FrameId, number>();
  #isRetrying = false;

  constructor(parts: FilingParts) {
    this.#parts = parts;
  }

  stuck(): Stuck[] {
    return Array.from(this.#stuck.values());
  }

  /** Places these frames and records it. Returns when that is done, put off, or the signal aborted. */
  async carryOut(frames: readonly FrameId[]): Promise<void> {
    const placed: PlacedOrder[] = [];
    for (const frame of frames) {
      const retry = async () => this.#record(await this.#placedAgain(frame));
      const work = async (isAgain: boolean) =>
        void placed.push(...(isAgain ? await this.#placedAgain(frame) : await this.#placed(frame)));
      await this.#persist(`frame ${frame}`, retry, work);
    }
    if (placed.length === 0) return;
    const record = () => this.#record(placed);
    await this.#persist(`frames ${placed.map(({ frame }) => frame).join(', ')}`, record, record);
  }

  async #placed(frame: FrameId, isAgain = false): Promise<readonly PlacedOrder[]> {
    const one = (!isAgain && (await this.#placeAtOnce(frame))) || (await this.#place(frame, isAgain));
    return one === undefined ? [] : [one];
  }

  /** After so many looks for it, another name that its file has is taken for one that people gave it. */
  async #placedAgain(frame: FrameId): Promise<readonly PlacedOrder[]> {
    const looks = (this.#looks.get(frame) ?? 0) + 1;
    this.#looks.set(frame, looks);
    const placed = await this.#placed(frame, looks <= looksMax);
    this.#looks.delete(frame);
    return placed;
  }

  /** Makes what was done durable, then records it. */
  async #record(placed: readonly PlacedOrder[]): Promise<void> {
    if (placed.length === 0) return;
    await this.#parts.placer.sync(placed.map(({ order }) => order));
    const state = 'placed' as const;
    this.#parts.store.markPlaced(
      placed.map(({ frame, group, order, placedAs }) => ({
        frame,
        group,
        name: order.name,
        state,
        placedAs,
      })),
    );
    for (const { order, leavesDraft } of placed) if (leavesDraft) await this.#parts.placer.clear(order);
  }

  /** Carries out everything that an earlier run left planned. */
  async resume(): Promise<number> {
    const { store } = this.#parts;
    const frames = Array.from(store.planned());
    const look = () => this.#lookAround();
    if (frames.length > 0) await this.#persist('the library', look, look);
    for (const frame of frames) {
      const again = async () => this.#record(await this.#placedAgain(frame));
      await this.#persist(`frame ${frame}`, again, again);
    }
    for (const one of Array.from(store.quarantined()))
      if (one.state === 'planned') await this.quarantine(one);
    return frames.length;
  }

  /** Takes away copies that were begun, or finished, and are not needed any more. */
  async sweep(): Promise<void> {
    const { store, placer } = this.#parts;
    const planned = new Set<number>(store.planned());
    for (const one of store.quarantined()) if (one.state === 'planned') planned.add(-one.id);
    await placer.sweep(planned);
  }

  /** Moves a file that can't be used out of the inbox, with a note beside it that says why. */
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
      await this.#placeAside(order);
      await this.#parts.placer.note(order, 'reason.json', `${JSON.stringify(reasonOf(one), null, 2)}\n`);
      await this.#parts.placer.sync([order]);
      this.#parts.store.commit([{ kind: 'quarantine', quarantined: { ...one, state: 'placed' } }]);
      await this.#parts.placer.clear(order);
    };
    await this.#persist(printable(one.source), carryOut, carryOut);
  }

  /** People may have put something into quarantine themselves. */
  async #placeAside(order: PlaceOrder): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const name = nameForAttempt(order.name, attempt, (text) => toBytes(text).length);
      const outcome = await this.#parts.placer.place({ ...order, name });
      if (outcome.kind !== 'name-taken') return;
    }
  }

  /** Tries again what is due; call it now and then. */
  async retryStuck(): Promise<void> {
    if (this.#isRetrying) return;
    this.#isRetrying = true;
    try {
      await this.#retryDue();
    } finally {
      this.#isRetrying = false;
    }
  }

  async #retryDue(): Promise<void> {
    for (const [what, { retry, dueMs }] of Array.from(this.#stuck)) {
      if (dueMs > this.#parts.clock.passed() || this.#parts.signal.aborted) continue;
      await this.#persist(what, retry, retry);
    }
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

  /** Puts one frame where it belongs; undefined when its picture is gone and it was forgotten. */
  async #place(frame: FrameId, isAgain: boolean): Promise<PlacedOrder | undefined> {
    const filing = await this.#planOf(frame);
    if (filing === undefined || filing.placement.state === 'placed') return undefined;
    const order = { ...orderOf(filing), isAgain, makesFolder: !this.#hasPlaced(filing) };
    const outcome = await this.#parts.placer.place(order);
    if (outcome.kind === 'placed') return { frame, group: filing.placement.group, order, ...outcome };
    return this.#replan(filing, outcome, isAgain);
  }

  /** A folder that was there and is not any more may have been renamed: look before making it again. */
  async #planOf(frame: FrameId): Promise<Filing | undefined> {
    const { store, files, library, reconcile } = this.#parts;
    const filing = store.filing(frame);
    if (filing === undefined || !this.#hasPlaced(filing)) return filing;
    const isThere = await files.look(`${library}/${filing.placement.folder}`).then(
      () => true,
      (error) => codeOf(error) !== 'ENOENT',
    );
    if (isThere) return filing;
    await reconcile();
    return store.filing(frame);
  }

  /** Whether the group's folder has been made: some member is in it. */
  #hasPlaced({ placement }: Filing): boolean {
    const { store } = this.#parts;
    for (const member of store.members(placement.group))
      if (store.filing(member)?.placement.state === 'placed') return true;
    return false;
  }

  async #replan(filing: Filing, outcome: Outcome, isAgain: boolean): Promise<PlacedOrder | undefined> {
    const { frame, placement } = filing;
    if (outcome.kind === 'name-taken') {
      // Recorded before it is tried, so that a crash between the two finds its own file again.
      const name = await this.#freeName(filing);
      this.#parts.store.markPlaced([
        { frame: frame.id, group: placement.group, name, state: 'planned', placedAs: undefined },
      ]);
      return this.#place(frame.id, isAgain);
    }
    if (await this.#wasMoved(filing)) return this.#place(frame.id, isAgain);
    this.#parts.log.warn(
      { frame: frame.id, source: frame.source },
      'the picture was removed or changed before it was filed',
    );
    this.#parts.store.forget([frame.id]);
    this.#parts.catalogue.forget(placement.frame);
    return undefined;
  }

  /** Its file was there, before a crash, and somebody took it from there to another place in the library. */
  async #wasMoved({ frame, placement: before }: Filing): Promise<boolean> {
    await this.#lookAround();
    const after = this.#parts.store.filing(frame.id)?.placement;
    if (after === undefined) return false;
    return after.folder !== before.folder || after.group !== before.group || after.name !== before.name;
  }

  /** Before anything is done again: what was done before a crash or an error may have been moved by a person since. */
  async #lookAround(): Promise<void> {
    if (await this.#parts.reconcile()) return;
    throw new TransientError(`look through the library ${this.#parts.library}: not possible now`, {
      hint: 'Mount the disk of the library, or see to it that it can be read.',
    });
  }

  async #freeName({ placement, frame }: Filing): Promise<string> {
    const { store, files, library } = this.#parts;
    const folder = await files.list(`${library}/${placement.folder}`);
    const onDisk = new Set(folder.map(({ name }) => name));
    const isTaken = (name: string) => onDisk.has(name) || store.frameAt(placement.group, name) !== undefined;
    return freeName(baseName(frame.source), isTaken, (text) => toBytes(text).length);
  }

  /**
   * Does `work`. What concerns one file is put off, and `retry` is tried from then on; what concerns the whole disk is tried
   * until it succeeds, since all that follows would fail in the same way.
   */
  async #persist(
    what: string,
    retry: () => Promise<void>,
    work: (isAgain: boolean) => Promise<void>,
  ): Promise<void> {
    const { clock, signal, log } = this.#parts;
    for (let tries = (this.#stuck.get(what)?.tries ?? 0) + 1; ; tries++) {
      try {
        if (tries > 1) await this.#lookAround();
        await work(tries > 1);
        this.#stuck.delete(what);
        return;
      } catch (error) {
        if (!isOfSystem(error) || tries >= this.#parts.triesMax) throw error;
        const waitMs = backoffMs(tries);
        const message = messageOf(error);
        this.#stuck.set(what, { what, message, tries, retry, dueMs: clock.passed() + waitMs });
        log.warn(
          { what, tries, err: error, retryMs: Math.round(waitMs) },
          'placing failed and will be tried again',
        );
        const isOneFile = !(error instanceof TransientError) && !everywhere.has(codeOf(error) ?? '');
        if (isOneFile && this.#stuck.size < stuckMax) return;
        await clock.sleep(waitMs, signal).catch(() => {});
        if (signal.aborted) return;
      }
    }
  }
}

function orderOf({ frame, placement }: Filing): PlaceOrder {
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
