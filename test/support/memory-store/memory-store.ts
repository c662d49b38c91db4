import assert from 'node:assert/strict';
import type { Correction } from '../../../src/domain/corrections.ts';
import type { Embedding } from '../../../src/domain/embedding.ts';
import type { Fingerprint, FrameId } from '../../../src/domain/frame.ts';
import type { Group, GroupId } from '../../../src/domain/group.ts';
import type { Keypoints } from '../../../src/domain/keypoints.ts';
import type {
  Blobs,
  Counts,
  Decision,
  FilingDecision,
  FrameRecord,
  KeypointTable,
  ManifestEntry,
  Placed,
  Quarantined,
  RequestTable,
  SettingTable,
  Source,
  Store,
  StoredEmbedding,
  UserChange,
} from '../../../src/storage/store.ts';
import { MemoryMoves } from './moves.ts';
import { embeddingsAfter, MemorySpaces, rounded } from './spaces.ts';
import { ascending, MemoryState, nameKey, type StoredFrame } from './state.ts';

/** Frames whose keypoints are kept. */
const keypointsMax = 2_048;

/** A second implementation of the store, in memory, for tests. It forgets all at the end of the process. */
export class MemoryStore implements Store {
  readonly #state: MemoryState;
  readonly spaces: MemorySpaces;
  readonly regroupings: MemoryMoves;

  constructor(space: string) {
    this.#state = new MemoryState(space);
    this.spaces = new MemorySpaces(this.#state);
    this.regroupings = new MemoryMoves(this.#state);
  }

  groups(): Group[] {
    return ascending(this.#state.groups.keys()).map((id) => this.group(id) as Group);
  }

  group(id: GroupId): Group | undefined {
    const known = this.#state.groups.get(id);
    return (
      known && {
        id,
        folder: known.folder,
        frames: this.#state.membersOf(id).length,
        foundedMs: known.foundedMs,
      }
    );
  }

  folderOf(group: GroupId): string {
    const known = this.#state.groups.get(group);
    assert.ok(known !== undefined, `the store has no group ${group}`);
    return known.folder;
  }

  memberships(): { frame: FrameId; group: GroupId }[] {
    return Array.from(this.#state.frames.values(), ({ frame, group }) => ({ frame: frame.id, group }));
  }

  embeddings(after: FrameId): StoredEmbedding[] {
    return embeddingsAfter(this.#state.activeVectors, after);
  }

  embedding(frame: FrameId): Embedding | undefined {
    return this.#state.activeVectors.get(frame);
  }

  filing(frame: FrameId): FrameRecord | undefined {
    const stored = this.#state.frames.get(frame);
    return stored && this.#recordOf(stored);
  }

  #recordOf({ frame, evidence, group, name, mode, isPlaced, fileId }: StoredFrame): FrameRecord {
    const state = isPlaced ? 'placed' : 'planned';
    const placement = { frame: frame.id, group, folder: this.folderOf(group), name, mode, state } as const;
    return { frame, evidence, placement, fileId };
  }

  members(group: GroupId): FrameId[] {
    return this.#state.membersOf(group);
  }

  frameAt(group: GroupId, name: string): FrameId | undefined {
    return this.#state.names.get(nameKey({ group, name }));
  }

  frameWith(fingerprint: Fingerprint): FrameId | undefined {
    const equal = Array.from(this.#state.frames.values()).filter(
      ({ frame }) => frame.fingerprint === fingerprint,
    );
    return ascending(equal.map(({ frame }) => frame.id))[0];
  }

  source(path: string): Source | undefined {
    return this.#state.sources.get(path);
  }

  planned(): FrameId[] {
    return ascending(
      Array.from(this.#state.frames.values()).flatMap((one) => (one.isPlaced ? [] : one.frame.id)),
    );
  }

  quarantined(): Quarantined[] {
    return ascending(this.#state.quarantine.keys()).map(
      (id) => this.#state.quarantine.get(id) as Quarantined,
    );
  }

  corrections(): Correction[] {
    return this.#state.corrections.slice();
  }

  unwritten(): ManifestEntry[] {
    return Array.from(this.#state.unwritten.values()).sort((a, b) => a.group - b.group || a.frame - b.frame);
  }

  counts(): Counts {
    const { frames, groups, moves, quarantine } = this.#state;
    const planned = this.planned().length + moves.size;
    return { frames: frames.size, groups: groups.size, planned, quarantined: quarantine.size };
  }

  last() {
    return { ...this.#state.last };
  }

  commit(decisions: readonly Decision[]): void {
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

  markPlaced(placed: readonly Placed[]): void {
    for (const { frame, group, name, state, fileId } of placed) {
      const stored = this.#state.frames.get(frame);
      if (stored === undefined) continue;
      if (state === 'planned') {
        this.#state.free(stored, frame);
        stored.name = name;
        this.#state.reserve(stored, frame);
        continue;
      }
      if (stored.group === group && stored.name === name) stored.fileId = fileId;
      stored.isPlaced = true;
      this.#state.markUnwritten(stored.group, frame);
      if (stored.mode === 'move') this.#forgetSource(stored);
    }
  }

  /** Keeps the record if another file is at the source. */
  #forgetSource({ frame }: StoredFrame): void {
    if (this.#state.sources.get(frame.source)?.frame === frame.id) this.#state.sources.delete(frame.source);
  }

  forget(frames: readonly FrameId[]): void {
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

  applyUserChanges(changes: readonly UserChange[]): void {
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

  release(quarantined: readonly Quarantined[]): void {
    const { quarantine, sources } = this.#state;
    for (const { id, source, identity } of quarantined) {
      quarantine.delete(id);
      if (sources.get(source)?.identity === identity) sources.delete(source);
    }
  }

  correct(corrections: readonly Correction[]): void {
    for (const one of corrections) this.#state.correct(one);
  }

  markWritten(listed: readonly ManifestEntry[]): void {
    for (const { group, frame } of listed) this.#state.unwritten.delete(`${group} ${frame}`);
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
    const blobs = blobsIn(this.#state.requests);
    return {
      get: async (key) => blobs.get(key),
      list: async (prefix) => blobs.keys(prefix).map((key) => ({ key, value: blobs.get(key) as Buffer })),
      put: async ({ key, value }) => blobs.put(key, value),
      update: async (key, change) => {
        const latest = blobs.get(key);
        const changed = latest && change(latest);
        if (changed !== undefined) blobs.put(key, changed);
        return changed;
      },
      delete: async (keys) => blobs.delete(keys),
    };
  }

  get settings(): SettingTable {
    const blobs = blobsIn(this.#state.settings);
    return { get: async (name) => blobs.get(name), put: async (name, value) => blobs.put(name, value) };
  }

  get segments(): Blobs {
    return blobsIn(this.#state.segments);
  }

  async close(): Promise<void> {}
}

function blobsIn(blobs: Map<string, Buffer>): Blobs {
  return {
    get: (key) => blobs.get(key),
    put: (key, value) => void blobs.set(key, Buffer.from(value)),
    keys: (prefix) =>
      Array.from(blobs.keys())
        .filter((key) => key.startsWith(prefix))
        .sort(),
    delete: (keys) => {
      for (const key of keys) blobs.delete(key);
    },
  };
}
