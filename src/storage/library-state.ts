import pLimit from 'p-limit';
import type { EmbeddingSpace } from '../domain/embedding.ts';
import type { FrameId } from '../domain/frame.ts';
import type { GroupId } from '../domain/group.ts';
import type { PendingMove } from '../domain/group-change.ts';
import { MembershipCache, type StagedMembership } from './membership-cache.ts';
import { allMemberships } from './rows.ts';
import type {
  Decision,
  FinishedMove,
  FrameTable,
  ModelChoice,
  PlannedGroupChange,
  RecordedPlan,
  Store,
  UserChange,
} from './store.ts';
import type { PersistentIndex } from './vectors/vector-index.ts';

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
  async activateSpace(
    space: EmbeddingSpace,
    choice: ModelChoice | undefined,
    index: PersistentIndex,
  ): Promise<PersistentIndex> {
    const before = this.#index;
    await this.store.whileAtRest(() => this.store.spaces.activate(space, choice));
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
export async function trackMembership(store: Store): Promise<TrackedMembership> {
  const membership = new MembershipCache();
  for (const group of await store.groups.all()) membership.putGroup(group);
  for await (const { frame, group } of allMemberships(store)) membership.putFrame(frame, group);
  const tracked = new TrackedStore(store, membership);
  await tracked.followMoves();
  return { store: tracked, membership };
}

/**
 * A store whose writes also bring the membership cache up to date. The writes of groups and places run one
 * after another, each together with its change of the cache: store and cache see the same order. All other
 * reads and writes go to the store's own tables.
 */
export class TrackedStore implements Store {
  readonly #store: Store;
  readonly #membership: MembershipCache;
  /** One write at a time, in the order of the calls. A failed write does not stop later writes. */
  readonly #oneByOne = pLimit(1);
  readonly frames: FrameTable;

  constructor(store: Store, membership: MembershipCache) {
    this.#store = store;
    this.#membership = membership;
    const markPlaced: FrameTable['markPlaced'] = (placed) =>
      this.#oneByOne(() => store.frames.markPlaced(placed));
    this.frames = { ...store.frames, markPlaced };
  }

  get groups() {
    return this.#store.groups;
  }

  get moves() {
    return this.#store.moves;
  }

  get journal() {
    return this.#store.journal;
  }

  get quarantine() {
    return this.#store.quarantine;
  }

  get corrections() {
    return this.#store.corrections;
  }

  get manifests() {
    return this.#store.manifests;
  }

  get vectors() {
    return this.#store.vectors;
  }

  get spaces() {
    return this.#store.spaces;
  }

  get keypoints() {
    return this.#store.keypoints;
  }

  get requests() {
    return this.#store.requests;
  }

  get settings() {
    return this.#store.settings;
  }

  get segments() {
    return this.#store.segments;
  }

  counts() {
    return this.#store.counts();
  }

  last() {
    return this.#store.last();
  }

  close() {
    return this.#store.close();
  }

  commit(decisions: readonly Decision[]): Promise<void> {
    return this.#oneByOne(async () => {
      await this.#store.commit(decisions);
      for (const decision of decisions) this.#onDecision(decision);
    });
  }

  forget(frames: readonly FrameId[]): Promise<void> {
    return this.#oneByOne(async () => {
      await this.#store.forget(frames);
      for (const frame of frames) this.#membership.forget(frame);
    });
  }

  applyUserChanges(changes: readonly UserChange[]): Promise<void> {
    return this.#oneByOne(() => this.#applyUserChanges(changes));
  }

  async #applyUserChanges(changes: readonly UserChange[]): Promise<void> {
    await this.#store.applyUserChanges(changes);
    for (const change of changes) await this.#onUserChange(change);
  }

  /** Runs `act` while no other task writes groups or places of frames. `act` must not write them either. */
  whileAtRest<T>(act: () => Promise<T>): Promise<T> {
    return this.#oneByOne(act);
  }

  /**
   * Decides about the user's changes and applies them, while no other task writes groups or places of frames.
   * Returns the changes.
   */
  decideUserChanges(decide: () => Promise<readonly UserChange[]>): Promise<readonly UserChange[]> {
    return this.#oneByOne(async () => {
      const changes = await decide();
      if (changes.length > 0) await this.#applyUserChanges(changes);
      return changes;
    });
  }

  planChange(change: PlannedGroupChange): Promise<RecordedPlan> {
    return this.#oneByOne(async () => {
      const recorded = await this.#store.planChange(change);
      const { founded } = change;
      if (
        recorded.id !== undefined &&
        founded !== undefined &&
        this.#membership.group(founded.id) === undefined
      )
        this.#membership.putGroup(founded);
      for (const { frame, to } of recorded.frames) this.#membership.putFrame(frame, to.group);
      return recorded;
    });
  }

  finishMoves(done: readonly FinishedMove[]): Promise<void> {
    return this.#oneByOne(async () => {
      await this.#store.finishMoves(done);
      for (const { frame } of done) await this.#follow(frame);
    });
  }

  abandonMove(frame: FrameId): Promise<void> {
    return this.#oneByOne(async () => {
      await this.#store.abandonMove(frame);
      await this.#follow(frame);
    });
  }

  endMove(frame: FrameId): Promise<void> {
    return this.#oneByOne(async () => {
      await this.#store.endMove(frame);
      await this.#follow(frame);
    });
  }

  /**
   * Returns the moves under way. First puts each frame into the group of its move: another process may have
   * planned the move.
   */
  followMoves(): Promise<readonly PendingMove[]> {
    return this.#oneByOne(async () => {
      const moves = await this.#store.moves.all();
      for (const { frame, to, state } of moves) if (state !== 'abandoned') this.#put(frame, to.group);
      return moves;
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

  async #onUserChange(change: UserChange): Promise<void> {
    if (change.kind === 'founded-group') return this.#membership.putGroup(change.group);
    if (change.kind === 'moved') return this.#follow(change.frame);
    const group = this.#membership.group(change.group);
    if (group !== undefined) this.#membership.putGroup({ ...group, folder: change.folder });
    for (const frame of await this.#store.groups.members(change.group))
      if (this.#membership.groupOf(frame) !== change.group) await this.#follow(frame);
  }

  /** Puts the frame into its group in the store, or into the target of its move. */
  async #follow(frame: FrameId): Promise<void> {
    const move = await this.#store.moves.get(frame);
    const isUnderWay = move !== undefined && move.state !== 'abandoned';
    const record = isUnderWay ? undefined : await this.#store.frames.get(frame);
    const group = isUnderWay ? move.to.group : record?.placement.group;
    if (group !== undefined) this.#put(frame, group);
  }

  #put(frame: FrameId, group: GroupId): void {
    if (this.#membership.groupOf(frame) !== group) this.#membership.putFrame(frame, group);
  }
}
