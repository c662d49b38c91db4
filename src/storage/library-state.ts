import type { EmbeddingSpace } from '../domain/embedding.ts';
import type { FrameId } from '../domain/frame.ts';
import type { PendingMove } from '../domain/group-change.ts';
import { MembershipCache, type StagedMembership } from './membership-cache.ts';
import type { Decision, GroupChangeTable, ModelChoice, Store, UserChange } from './store.ts';
import type { PersistentIndex } from './vectors/vector-index.ts';

/** A store whose writes also bring the membership cache up to date. */
export interface TrackedStore extends Store {
  /**
   * Returns the moves under way. First puts each frame into the group of its move: another process may have
   * planned the move.
   */
  followMoves(): readonly PendingMove[];
}

/**
 * The one writer of the state. Every write goes to the store first, then to the membership cache. If the
 * store refuses, the cache stays as it was. A planned move counts as done in the cache; an abandoned move
 * does not.
 *
 * One exception: the decisions of a batch are staged (`stageGroup`, `stageFrame`, `index.add`) before their
 * commit, because each decision considers the decisions before it. The commit follows, or the process ends
 * and the next start reads the store. A founded group without frames is unstaged. A dry run stages only.
 */
export class LibraryState {
  readonly store: TrackedStore;
  readonly membership: StagedMembership;
  #index: PersistentIndex;
  #generation = 0;

  constructor({ store, membership }: TrackedMembership, index: PersistentIndex) {
    this.store = store;
    this.membership = membership;
    this.#index = index;
  }

  get index(): PersistentIndex {
    return this.#index;
  }

  /** Rises with each activated space: work of an earlier generation is of no use. */
  get generation(): number {
    return this.#generation;
  }

  /**
   * Makes decisions use the space and its index. Returns the earlier index, which the caller closes. If the
   * store refuses, nothing changes.
   */
  activateSpace(
    space: EmbeddingSpace,
    choice: ModelChoice | undefined,
    index: PersistentIndex,
  ): PersistentIndex {
    const before = this.#index;
    this.store.spaces.activate(space, choice);
    this.#index = index;
    this.#generation++;
    return before;
  }

  async close(): Promise<void> {
    try {
      await this.#index.close();
    } finally {
      await this.store.close();
    }
  }
}

export interface TrackedMembership {
  readonly store: TrackedStore;
  readonly membership: StagedMembership;
}

/** Reads the membership of all frames into memory. Writes through the returned store keep it up to date. */
export function trackMembership(store: Store): TrackedMembership {
  const membership = new MembershipCache(store.last().group);
  for (const group of store.groups()) membership.putGroup(group);
  for (const { frame, group } of store.memberships()) membership.putFrame(frame, group);
  const tracked = new MembershipWriter(store, membership).trackedStore();
  tracked.followMoves();
  return { store: tracked, membership };
}

/** Repeats writes of the store in the membership cache. */
class MembershipWriter {
  readonly #store: Store;
  readonly #membership: MembershipCache;

  constructor(store: Store, membership: MembershipCache) {
    this.#store = store;
    this.#membership = membership;
  }

  trackedStore(): TrackedStore {
    const store = this.#store;
    const changed: Partial<TrackedStore> = {
      commit: (decisions) => {
        store.commit(decisions);
        for (const decision of decisions) this.#onDecision(decision);
      },
      forget: (frames) => {
        store.forget(frames);
        for (const frame of frames) this.#membership.forget(frame);
      },
      applyUserChanges: (changes) => {
        store.applyUserChanges(changes);
        for (const change of changes) this.#onUserChange(change);
      },
      followMoves: () => this.#followMoves(),
      regroupings: this.#regroupings(),
    };
    return withMethods(store, changed) as TrackedStore;
  }

  #regroupings(): GroupChangeTable {
    const { regroupings } = this.#store;
    return withMethods<GroupChangeTable>(regroupings, {
      plan: (change) => {
        const recorded = regroupings.plan(change);
        const { founded } = change;
        if (
          recorded.id !== undefined &&
          founded !== undefined &&
          this.#membership.group(founded.id) === undefined
        )
          this.#membership.putGroup(founded);
        for (const { frame, to } of recorded.frames) this.#membership.putFrame(frame, to.group);
        return recorded;
      },
      finishMoves: (done) => {
        regroupings.finishMoves(done);
        for (const { frame } of done) this.#follow(frame);
      },
      drop: (frame) => {
        regroupings.drop(frame);
        this.#follow(frame);
      },
      end: (frame) => {
        regroupings.end(frame);
        this.#follow(frame);
      },
    });
  }

  /** Nothing changes for a staged decision. */
  #onDecision(decision: Decision): void {
    if (decision.kind !== 'file') return;
    const { frame, founded, placement } = decision;
    if (founded !== undefined && this.#membership.group(founded.id) === undefined)
      this.#membership.putGroup(founded);
    if (this.#membership.groupOf(frame.id) !== placement.group)
      this.#membership.putFrame(frame.id, placement.group);
  }

  #onUserChange(change: UserChange): void {
    if (change.kind === 'founded-group') return this.#membership.putGroup(change.group);
    if (change.kind === 'moved') return this.#onMoved(change);
    const group = this.#membership.group(change.group);
    if (group !== undefined) this.#membership.putGroup({ ...group, folder: change.folder });
    for (const frame of Array.from(this.#store.members(change.group)))
      if (this.#membership.groupOf(frame) !== change.group) this.#follow(frame);
  }

  /** The store ignores moves of forgotten frames. */
  #onMoved({ frame, group }: Extract<UserChange, { kind: 'moved' }>): void {
    if (this.#store.filing(frame) !== undefined) this.#membership.putFrame(frame, group);
  }

  #followMoves(): readonly PendingMove[] {
    const moves = Array.from(this.#store.regroupings.underWay());
    for (const { frame, to, state } of moves) if (state !== 'abandoned') this.#put(frame, to.group);
    return moves;
  }

  /** Puts the frame into its group in the store, or into the target of its move. */
  #follow(frame: FrameId): void {
    const move = this.#store.regroupings.pendingMove(frame);
    const isUnderWay = move !== undefined && move.state !== 'abandoned';
    const group = isUnderWay ? move.to.group : this.#store.filing(frame)?.placement.group;
    if (group !== undefined) this.#put(frame, group);
  }

  #put(frame: FrameId, group: PendingMove['to']['group']): void {
    if (this.#membership.groupOf(frame) !== group) this.#membership.putFrame(frame, group);
  }
}

/** Returns `whole` with some methods replaced. The other methods run on `whole` itself. */
function withMethods<T extends object>(whole: T, replaced: Partial<T>): T {
  const bound = new Map<unknown, unknown>();
  const boundTo = (target: T, method: (...args: unknown[]) => unknown) => {
    if (!bound.has(method)) bound.set(method, method.bind(target));
    return bound.get(method);
  };
  return new Proxy(whole, {
    get(target, key) {
      if (Object.hasOwn(replaced, key)) return Reflect.get(replaced, key);
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? boundTo(target, value as never) : value;
    },
  });
}
