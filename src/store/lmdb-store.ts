import { open, type RootDatabase } from 'lmdb';
import type { Embedding, EmbeddingSpace } from '../domain/embedding.ts';
import type { Fingerprint, FrameId } from '../domain/frame.ts';
import type { Group, GroupId } from '../domain/group.ts';
import { assert } from '../lib/assert.ts';
import { messageOf, TransientError } from '../lib/errors.ts';
import { checkEnvironment, markInitialised } from './environment.ts';
import {
  type CorrectionRecord,
  type FilingRecord,
  filingRecord,
  type GroupRecord,
  pathKey,
  type QuarantineRecord,
  quarantineRecord,
  readFiling,
  readName,
  readQuarantine,
  recordVersion,
  type SourceRecord,
  storeName,
} from './records.ts';
import { type ShelfSpace, Shelves } from './shelves.ts';
import type {
  Blobs,
  Change,
  Counts,
  Decision,
  Embedded,
  Filing,
  FilingDecision,
  Placed,
  Quarantined,
  Source,
  Spaces,
  Store,
  StoreReader,
} from './store.ts';
import { checkSpace, migrate, storeVersion, versionOf } from './versions.ts';

/** Databases that the environment has room for: those below, and one for each embedding space. */
const maxDbs = 64;

export interface StoreOptions {
  /** Folder of the LMDB environment; made if missing. */
  readonly folder: string;
  readonly space: EmbeddingSpace;
}

/** Opens the store. Throws FatalError when it is damaged, newer than this program, or of another space. */
export function openLmdbStore({ folder, space }: StoreOptions): Store {
  checkEnvironment(folder);
  const root = open({ path: folder, maxDbs });
  const meta = openMeta(root);
  try {
    const version = versionOf({ meta });
    checkSpace({ meta }, space);
    const store = new LmdbStore(root, meta, space);
    if (version === undefined) store.begin();
    else if (version < storeVersion) store.migrate(version);
    markInitialised(folder);
    return store;
  } catch (error) {
    void root.close();
    throw error;
  }
}

/** Looks into a store while, perhaps, a daemon works on it. */
export function openStoreReader(folder: string): StoreReader & { close(): Promise<void> } {
  checkEnvironment(folder);
  const root = open({ path: folder, maxDbs, readOnly: true });
  const meta = openMeta(root);
  versionOf({ meta });
  return new LmdbStore(root, meta, { id: String(meta.get('space')), dimensions: undefined });
}

function openMeta(root: RootDatabase) {
  return root.openDB<number | string, string>('meta', {});
}

class LmdbStore implements Store {
  readonly #root: RootDatabase;
  readonly #meta;
  readonly #shelves: Shelves;
  readonly #filings;
  readonly #groups;
  readonly #members;
  readonly #names;
  readonly #fingerprints;
  readonly #sources;
  readonly #planned;
  readonly #quarantine;
  readonly #corrections;
  readonly #blobs;

  constructor(root: RootDatabase, meta: ReturnType<typeof openMeta>, space: ShelfSpace) {
    this.#root = root;
    this.#meta = meta;
    this.#shelves = new Shelves(
      {
        meta,
        openDatabase: (name) => root.openDB<Buffer, number>(name, { encoding: 'binary' }),
        write: (what, change) => this.#write(what, change),
      },
      space,
    );
    this.#filings = root.openDB<FilingRecord, number>('filings', {});
    this.#groups = root.openDB<GroupRecord, number>('groups', {});
    this.#members = root.openDB<boolean, [number, number]>('members', {});
    this.#names = root.openDB<number, Buffer>('names', { keyEncoding: 'binary' });
    this.#fingerprints = root.openDB<number, Buffer>('fingerprints', {
      keyEncoding: 'binary',
      dupSort: true,
      encoding: 'ordered-binary',
    });
    this.#sources = root.openDB<SourceRecord, Buffer>('sources', { keyEncoding: 'binary' });
    this.#planned = root.openDB<boolean, number>('planned', {});
    this.#quarantine = root.openDB<QuarantineRecord, number>('quarantine', {});
    this.#corrections = root.openDB<CorrectionRecord, number>('corrections', {});
    this.#blobs = root.openDB<Buffer, string>('blobs', { encoding: 'binary' });
  }

  begin(): void {
    this.#write('begin the store', () => {
      this.#meta.putSync('version', storeVersion);
      this.#shelves.note();
    });
  }

  migrate(from: number): void {
    this.#write('bring the store to this version', () => {
      migrate({ meta: this.#meta, blobs: this.#blobs }, from);
    });
  }

  *groups(): Iterable<Group> {
    for (const { key, value } of this.#groups.getRange({})) yield this.#readGroup(key as GroupId, value);
  }

  #readGroup(id: GroupId, record: GroupRecord): Group {
    const frames = this.#members.getKeysCount({ start: [id, 0], end: [id, Number.POSITIVE_INFINITY] });
    return { id, folder: readName(record.folder), frames, foundedMs: record.foundedMs };
  }

  *memberships(): Iterable<{ frame: FrameId; group: GroupId }> {
    for (const [group, frame] of this.#members.getKeys({})) {
      yield { frame: frame as FrameId, group: group as GroupId };
    }
  }

  embeddings(after: FrameId): Iterable<Embedded> {
    return this.#shelves.active.after(after);
  }

  embedding(frame: FrameId): Embedding | undefined {
    return this.#shelves.active.get(frame);
  }

  get spaces(): Spaces {
    return this.#shelves;
  }

  filing(frame: FrameId): Filing | undefined {
    const record = this.#filings.get(frame);
    return record && readFiling(frame, record, this.#folderOf(record.group));
  }

  #folderOf(group: number): string {
    const record = this.#groups.get(group);
    assert(record !== undefined, `a frame belongs to group ${group}, which the store does not have`);
    return readName(record.folder);
  }

  *members(group: GroupId): Iterable<FrameId> {
    const range = { start: [group, 0], end: [group, Number.POSITIVE_INFINITY] } as const;
    for (const [, frame] of this.#members.getKeys({ start: [...range.start], end: [...range.end] })) {
      yield frame as FrameId;
    }
  }

  frameAt(group: GroupId, name: string): FrameId | undefined {
    return this.#names.get(pathKey(String(group), name)) as FrameId | undefined;
  }

  frameWith(fingerprint: Fingerprint): FrameId | undefined {
    for (const frame of this.#fingerprints.getValues(Buffer.from(fingerprint, 'hex'), { limit: 1 })) {
      return frame as FrameId;
    }
    return undefined;
  }

  source(path: string): Source | undefined {
    const record = this.#sources.get(pathKey(path));
    return record && { identity: record.identity, frame: record.frame as FrameId | undefined };
  }

  *planned(): Iterable<FrameId> {
    for (const frame of this.#planned.getKeys({})) yield frame as FrameId;
  }

  *quarantined(): Iterable<Quarantined> {
    for (const { key, value } of this.#quarantine.getRange({})) yield readQuarantine(key, value);
  }

  counts(): Counts {
    return {
      frames: entries(this.#filings),
      groups: entries(this.#groups),
      planned: entries(this.#planned),
      quarantined: entries(this.#quarantine),
    };
  }

  last() {
    return {
      frame: Number(this.#meta.get('lastFrame') ?? 0) as FrameId,
      group: Number(this.#meta.get('lastGroup') ?? 0) as GroupId,
      quarantined: Number(this.#meta.get('lastQuarantined') ?? 0),
    };
  }

  commit(decisions: readonly Decision[]): void {
    this.#write('record decisions in the store', () => {
      for (const decision of decisions) this.#put(decision);
    });
  }

  #put(decision: Decision): void {
    if (decision.kind === 'file') return this.#file(decision);
    if (decision.kind === 'quarantine') return this.#putQuarantined(decision.quarantined);
    this.#remember(decision.source, { v: recordVersion, identity: decision.identity, frame: undefined });
  }

  #file(decision: FilingDecision): void {
    const { frame, founded, placement } = decision;
    if (founded !== undefined) this.#putGroup(founded);
    this.#filings.putSync(frame.id, filingRecord(decision));
    this.#shelves.active.put(frame.id, decision.embedding);
    this.#members.putSync([placement.group, frame.id], true);
    this.#names.putSync(pathKey(String(placement.group), placement.name), frame.id);
    this.#fingerprints.putSync(Buffer.from(frame.fingerprint, 'hex'), frame.id);
    this.#planned.putSync(frame.id, true);
    this.#remember(frame.source, { v: recordVersion, identity: frame.identity, frame: frame.id });
    this.#meta.putSync('lastFrame', frame.id);
  }

  #putGroup(group: Group): void {
    const record = { v: recordVersion, folder: storeName(group.folder), foundedMs: group.foundedMs };
    this.#groups.putSync(group.id, record);
    this.#meta.putSync('lastGroup', Math.max(this.last().group, group.id));
  }

  #putQuarantined(quarantined: Quarantined): void {
    this.#quarantine.putSync(quarantined.id, quarantineRecord(quarantined));
    this.#meta.putSync('lastQuarantined', Math.max(this.last().quarantined, quarantined.id));
    if (quarantined.state === 'placed') this.#sources.removeSync(pathKey(quarantined.source));
    else
      this.#remember(quarantined.source, {
        v: recordVersion,
        identity: quarantined.identity,
        frame: undefined,
      });
  }

  #remember(source: string, record: SourceRecord): void {
    this.#sources.putSync(pathKey(source), record);
  }

  markPlaced(placed: readonly Placed[]): void {
    this.#write('record placements in the store', () => {
      for (const one of placed) this.#markPlaced(one);
    });
  }

  #markPlaced({ frame, group, name, state, placedAs }: Placed): void {
    const record = this.#filings.get(frame);
    if (record === undefined) return;
    if (state === 'planned') {
      this.#rename(frame, record, record.group, name);
      return void this.#filings.putSync(frame, { ...record, name: storeName(name) });
    }
    const isWhereOrdered = record.group === group && readName(record.name) === name;
    this.#filings.putSync(frame, { ...record, placed: true, ...(isWhereOrdered ? { placedAs } : {}) });
    this.#planned.removeSync(frame);
    if (record.mode === 'move') this.#forgetSource(readName(record.source), frame);
  }

  #rename(frame: FrameId, record: FilingRecord, group: number, name: string): void {
    const was = pathKey(String(record.group), readName(record.name));
    if (this.#names.get(was) === frame) this.#names.removeSync(was);
    this.#names.putSync(pathKey(String(group), name), frame);
  }

  /** A picture that was deleted after it was filed must not come back by the file that a copy left in the inbox. */
  #leaveSource(frame: FrameId, { source, identity, placed, mode }: FilingRecord): void {
    const path = readName(source);
    if (!placed || mode === 'move') return this.#forgetSource(path, frame);
    if (this.#sources.get(pathKey(path))?.frame === frame)
      this.#remember(path, { v: recordVersion, identity, frame: undefined });
  }

  /** Unless another file stands there by now. */
  #forgetSource(source: string, frame: FrameId): void {
    const key = pathKey(source);
    if (this.#sources.get(key)?.frame === frame) this.#sources.removeSync(key);
  }

  forget(frames: readonly FrameId[]): void {
    this.#write('forget frames in the store', () => {
      for (const frame of frames) this.#forget(frame);
    });
  }

  #forget(frame: FrameId): void {
    const record = this.#filings.get(frame);
    if (record === undefined) return;
    const name = pathKey(String(record.group), readName(record.name));
    if (this.#names.get(name) === frame) this.#names.removeSync(name);
    this.#fingerprints.removeSync(Buffer.from(record.fingerprint, 'hex'), frame);
    this.#members.removeSync([record.group, frame]);
    this.#planned.removeSync(frame);
    this.#shelves.remove(frame);
    this.#filings.removeSync(frame);
    this.#leaveSource(frame, record);
  }

  amend(changes: readonly Change[]): void {
    this.#write("record a person's changes in the store", () => {
      for (const change of changes) this.#amend(change);
    });
  }

  #amend(change: Change): void {
    if (change.kind === 'founded-group') return this.#putGroup(change.group);
    if (change.kind === 'moved') return this.#move(change.frame, change);
    const record = this.#groups.get(change.group);
    if (record !== undefined)
      this.#groups.putSync(change.group, { ...record, folder: storeName(change.folder) });
  }

  #move(frame: FrameId, to: Extract<Change, { kind: 'moved' }>): void {
    const record = this.#filings.get(frame);
    if (record === undefined) return;
    this.#rename(frame, record, to.group, to.name);
    this.#members.removeSync([record.group, frame]);
    this.#members.putSync([to.group, frame], true);
    const { from, group, placedAs, evidence } = to;
    if (from !== group)
      this.#corrections.putSync(entries(this.#corrections) + 1, { v: recordVersion, frame, from, to: group });
    this.#filings.putSync(frame, { ...record, group, name: storeName(to.name), placedAs, evidence });
  }

  get blobs(): Blobs {
    return {
      get: (key) => this.#blobs.getBinary(key),
      put: (key, value) => this.#write(`store ${key}`, () => void this.#blobs.putSync(key, value)),
      keys: (prefix) => Array.from(this.#blobs.getKeys({ start: prefix, end: `${prefix}\uffff` })),
      delete: (keys) =>
        this.#write('delete blobs', () => {
          for (const key of keys) this.#blobs.removeSync(key);
        }),
    };
  }

  /** One transaction: whole, and on disk when this returns; or nothing. */
  #write(what: string, change: () => void): void {
    try {
      this.#root.transactionSync(change);
    } catch (error) {
      if (!isDiskRefusal(error)) throw error;
      throw new TransientError(`${what}: ${messageOf(error)}`, {
        cause: error,
        hint: 'The disk that holds the state is full or failing: make room there.',
      });
    }
  }

  async close(): Promise<void> {
    await this.#root.close();
  }
}

/** LMDB hands the system's error number on: EIO and ENOSPC, and its own for a full map. */
function isDiskRefusal(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return code === 5 || code === 28 || code === -30792;
}

function entries(database: { getStats(): object }): number {
  const { entryCount } = database.getStats() as { entryCount: number };
  return entryCount;
}
