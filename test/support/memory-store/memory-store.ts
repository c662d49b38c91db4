import assert from 'node:assert/strict';
import type { FrameId } from '../../../src/domain/frame.ts';
import type { Group, GroupId } from '../../../src/domain/group.ts';
import type { Keypoints } from '../../../src/domain/keypoints.ts';
import type {
  BlobTable,
  CorrectionTable,
  Counts,
  Decision,
  FilingDecision,
  FinishedMove,
  FrameRecord,
  FrameTable,
  GroupTable,
  Journal,
  KeypointTable,
  LastIds,
  ManifestTable,
  Membership,
  MoveTable,
  Placed,
  PlannedGroupChange,
  Quarantined,
  QuarantineTable,
  RecordedPlan,
  RequestTable,
  SettingTable,
  Store,
  UserChange,
  VectorReader,
} from '../../../src/storage/store.ts';
import { MemoryMoves } from './moves.ts';
import { MemorySpaces, readerOf, rounded } from './spaces.ts';
import { ascending, MemoryState, nameKey, type StoredFrame } from './state.ts';

/** Frames whose keypoints are kept. */
const keypointsMax = 2_048;

/** A second implementation of the store, in memory, for tests. It forgets all at the end of the process. */
export class MemoryStore implements Store {
  readonly #state: MemoryState;
  readonly #moves: MemoryMoves;
  readonly #given = { frame: 0, group: 0, quarantined: 0 };
  readonly spaces: MemorySpaces;

  constructor(space: string) {
    this.#state = new MemoryState(space);
    this.#moves = new MemoryMoves(this.#state);
    this.spaces = new MemorySpaces(this.#state);
  }

  get frames(): FrameTable {
    const { frames, names, sources } = this.#state;
    return {
      get: async (frame) => this.#record(frame),
      getMany: async (wanted) =>
        new Map(
          wanted.flatMap((frame) => {
            const record = this.#record(frame);
            return record === undefined ? [] : [[frame, record] as const];
          }),
        ),
      at: async (group, name) => names.get(nameKey({ group, name })),
      withFingerprint: async (fingerprint) => {
        const all = Array.from(frames.values(), ({ frame }) => frame);
        const equal = all.filter((frame) => frame.fingerprint === fingerprint);
        return ascending(equal.map(({ id }) => id))[0];
      },
      source: async (path) => sources.get(path),
      planned: async () => this.#planned(),
      memberships: async (after, count) => this.#memberships(after).slice(0, count),
      markPlaced: async (placed) => {
        for (const one of placed) this.#markPlaced(one);
      },
      reserveIds: async (count) => this.#reserve('frame', count) as FrameId[],
    };
  }

  #record(frame: FrameId): FrameRecord | undefined {
    const stored = this.#state.frames.get(frame);
    return stored && this.#recordOf(stored);
  }

  #recordOf({ frame, evidence, group, name, mode, isPlaced, fileId }: StoredFrame): FrameRecord {
    const state = isPlaced ? 'placed' : 'planned';
    const placement = { frame: frame.id, group, folder: this.#folderOf(group), name, mode, state } as const;
    return { frame, evidence, placement, fileId };
  }

  #planned(): FrameId[] {
    return ascending(
      Array.from(this.#state.frames.values()).flatMap((one) => (one.isPlaced ? [] : one.frame.id)),
    );
  }

  #memberships(after: Membership | undefined): Membership[] {
    const all = Array.from(this.#state.frames.values(), ({ frame, group }) => ({ frame: frame.id, group }));
    const isAfter = (one: Membership) =>
      after === undefined ||
      one.group > after.group ||
      (one.group === after.group && one.frame > after.frame);
    return all.filter(isAfter).sort((a, b) => a.group - b.group || a.frame - b.frame);
  }

  #reserve(kind: 'frame' | 'group' | 'quarantined', count: number): number[] {
    const last = Math.max(this.#given[kind], this.#state.last[kind]);
    this.#given[kind] = last + count;
    return Array.from({ length: count }, (_, at) => last + 1 + at);
  }

  get groups(): GroupTable {
    const { groups, edited, emptied } = this.#state;
    return {
      all: async () => ascending(groups.keys()).map((id) => this.#group(id) as Group),
      get: async (id) => this.#group(id),
      folderOf: async (group) => this.#folderOf(group),
      members: async (group) => this.#state.membersOf(group),
      hasPlacedMember: async (group) => this.#hasPlacedMember(group),
      edited: async () => ascending(edited),
      emptied: async () => ascending(emptied),
      markRemoved: async (group) => void emptied.delete(group),
      reserveIds: async (count) => this.#reserve('group', count) as GroupId[],
    };
  }

  #hasPlacedMember(group: GroupId): boolean {
    return this.#state.membersOf(group).some((frame) => this.#state.frames.get(frame)?.isPlaced);
  }

  #group(id: GroupId): Group | undefined {
    const known = this.#state.groups.get(id);
    const frames = this.#state.membersOf(id).length;
    return known && { id, folder: known.folder, frames, foundedMs: known.foundedMs };
  }

  #folderOf(group: GroupId): string {
    const known = this.#state.groups.get(group);
    assert.ok(known !== undefined, `the store has no group ${group}`);
    return known.folder;
  }

  get moves(): MoveTable {
    return {
      all: async () => this.#moves.all(),
      get: async (frame) => this.#state.moves.get(frame),
      rename: async (frame, name) => this.#moves.rename(frame, name),
      markLinked: async (frame) => this.#moves.markLinked(frame),
    };
  }

  get journal(): Journal {
    const { changes } = this.#state;
    return {
      get: async (id) => changes[id - 1],
      page: async (after, count) => changes.slice(after, after + count),
    };
  }

  get quarantine(): QuarantineTable {
    const { quarantine } = this.#state;
    return {
      all: async () => ascending(quarantine.keys()).map((id) => quarantine.get(id) as Quarantined),
      release: async (quarantined) => {
        for (const one of quarantined) this.#release(one);
      },
      reserveIds: async (count) => this.#reserve('quarantined', count),
    };
  }

  #release({ id, source, identity }: Quarantined): void {
    const { quarantine, sources } = this.#state;
    quarantine.delete(id);
    if (sources.get(source)?.identity === identity) sources.delete(source);
  }

  get corrections(): CorrectionTable {
    return {
      all: async () => this.#state.corrections.slice(),
      add: async (corrections) => {
        for (const one of corrections) this.#state.correct(one);
      },
    };
  }

  get manifests(): ManifestTable {
    const { unwritten } = this.#state;
    return {
      unwritten: async () =>
        Array.from(unwritten.values()).sort((a, b) => a.group - b.group || a.frame - b.frame),
      markWritten: async (listed) => {
        for (const { group, frame } of listed) unwritten.delete(`${group} ${frame}`);
      },
    };
  }

  get vectors(): VectorReader {
    return readerOf(() => this.#state.activeVectors);
  }

  async counts(): Promise<Counts> {
    const { frames, groups, moves, quarantine } = this.#state;
    const planned = this.#planned().length + moves.size;
    return { frames: frames.size, groups: groups.size, planned, quarantined: quarantine.size };
  }

  async last(): Promise<LastIds> {
    return { ...this.#state.last };
  }

  async commit(decisions: readonly Decision[]): Promise<void> {
    for (const decision of decisions) {
      if (decision.kind === 'file') this.#file(decision);
      else if (decision.kind === 'quarantine') this.#putQuarantined(decision.quarantined);
      else this.#state.sources.set(decision.source, { identity: decision.identity, frame: undefined });
    }
  }

  #file({ frame, founded, embedding, evidence, placement, fileId, keypointCredit }: FilingDecision): void {
    const state = this.#state;
    const { group, name, mode } = placement;
    const isPlaced = placement.state === 'placed';
    if (founded !== undefined) state.putGroup(founded);
    state.frames.set(frame.id, { frame, evidence, group, name, mode, isPlaced, fileId });
    state.activeVectors.set(frame.id, rounded(embedding));
    state.reserve(placement, frame.id);
    if (isPlaced) state.markUnwritten(group, frame.id);
    if (isPlaced) state.edited.add(group);
    else state.sources.set(frame.source, { identity: frame.identity, frame: frame.id });
    state.last.frame = frame.id;
    if (keypointCredit !== undefined) state.last.keypointCredit = keypointCredit;
  }

  #putQuarantined(quarantined: Quarantined): void {
    const { quarantine, sources, last } = this.#state;
    const { id, source, identity, state } = quarantined;
    quarantine.set(id, quarantined);
    last.quarantined = Math.max(last.quarantined, id);
    if (state === 'placed' || state === 'returning') sources.delete(source);
    else sources.set(source, { identity, frame: undefined });
  }

  #markPlaced({ frame, group, name, state, fileId }: Placed): void {
    const stored = this.#state.frames.get(frame);
    if (stored === undefined) return;
    if (state === 'planned') {
      this.#state.free(stored, frame);
      stored.name = name;
      return this.#state.reserve(stored, frame);
    }
    if (stored.group === group && stored.name === name) stored.fileId = fileId;
    stored.isPlaced = true;
    this.#state.markUnwritten(stored.group, frame);
    if (stored.mode === 'move') this.#forgetSource(stored);
  }

  /** Keeps the record if another file is at the source. */
  #forgetSource({ frame }: StoredFrame): void {
    if (this.#state.sources.get(frame.source)?.frame === frame.id) this.#state.sources.delete(frame.source);
  }

  async forget(frames: readonly FrameId[]): Promise<void> {
    for (const frame of frames) {
      const stored = this.#state.frames.get(frame);
      if (stored !== undefined) this.#forget(frame, stored);
    }
  }

  #forget(frame: FrameId, stored: StoredFrame): void {
    const { frames, keypoints, vectors, sources } = this.#state;
    this.#state.free(stored, frame);
    this.#state.markUnwritten(stored.group, frame);
    this.#state.endMove(frame);
    for (const table of vectors.values()) table.delete(frame);
    keypoints.delete(frame);
    frames.delete(frame);
    // A picture deleted after its filing must not return from the file that a copy left in the inbox.
    const { source, identity } = stored.frame;
    if (!stored.isPlaced || stored.mode === 'move') this.#forgetSource(stored);
    else if (sources.get(source)?.frame === frame) sources.set(source, { identity, frame: undefined });
  }

  async planChange(change: PlannedGroupChange): Promise<RecordedPlan> {
    return this.#moves.plan(change);
  }

  async finishMoves(done: readonly FinishedMove[]): Promise<void> {
    for (const one of done) this.#moves.finish(one);
  }

  async abandonMove(frame: FrameId): Promise<void> {
    this.#state.abandon(frame);
  }

  async endMove(frame: FrameId): Promise<void> {
    this.#state.endMove(frame);
  }

  async applyUserChanges(changes: readonly UserChange[]): Promise<void> {
    for (const change of changes) this.#applyUserChange(change);
  }

  #applyUserChange(change: UserChange): void {
    const state = this.#state;
    if (change.kind === 'moved') return this.#moveByUser(change);
    if (change.kind === 'founded-group') {
      state.edited.add(change.group.id);
      return state.putGroup(change.group);
    }
    const known = state.groups.get(change.group);
    if (known === undefined) return;
    state.groups.set(change.group, { ...known, folder: change.folder });
    state.edited.add(change.group);
    for (const frame of state.membersOf(change.group)) {
      state.markUnwritten(change.group, frame);
      state.abandon(frame);
    }
  }

  #moveByUser({ frame, from, group, name, fileId, evidence }: Extract<UserChange, { kind: 'moved' }>): void {
    const stored = this.#state.frames.get(frame);
    if (stored === undefined) return;
    this.#state.abandon(frame);
    this.#state.moveFrame(frame, { group, name }, fileId);
    stored.evidence = evidence;
    if (from === group) this.#state.edited.add(group);
    else this.#state.correct({ frame, from, to: group });
  }

  get keypoints(): KeypointTable {
    const { keypoints, frames } = this.#state;
    return {
      get: async (wanted) => {
        const known = new Map<FrameId, Keypoints>();
        for (const frame of wanted) {
          const found = keypoints.get(frame);
          if (found !== undefined) known.set(frame, found);
        }
        return known;
      },
      put: async (described) => {
        for (const [frame, one] of described) if (frames.has(frame)) keypoints.set(frame, one);
        const surplus = Math.max(0, keypoints.size - keypointsMax);
        for (const frame of ascending(keypoints.keys()).slice(0, surplus)) keypoints.delete(frame);
      },
    };
  }

  get requests(): RequestTable {
    const { requests } = this.#state;
    const { get, keys, put, delete: remove } = blobsIn(requests);
    return {
      get,
      list: async (prefix) => {
        const found = await keys(prefix);
        return found.map((key) => ({ key, value: requests.get(key) as Buffer }));
      },
      put: ({ key, value }) => put(key, value),
      update: async (key, change) => {
        const latest = requests.get(key);
        const changed = latest && change(latest);
        if (changed !== undefined) requests.set(key, changed);
        return changed;
      },
      delete: remove,
    };
  }

  get settings(): SettingTable {
    return blobsIn(this.#state.settings);
  }

  get segments(): BlobTable {
    return blobsIn(this.#state.segments);
  }

  async close(): Promise<void> {}
}

function blobsIn(blobs: Map<string, Buffer>): BlobTable {
  return {
    get: async (key) => blobs.get(key),
    put: async (key, value) => void blobs.set(key, Buffer.from(value)),
    keys: async (prefix) =>
      Array.from(blobs.keys())
        .filter((key) => key.startsWith(prefix))
        .sort(),
    delete: async (keys) => {
      for (const key of keys) blobs.delete(key);
    },
  };
}
