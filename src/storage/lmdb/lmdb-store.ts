import { open, type RootDatabase } from 'lmdb';
import type { EmbeddingSpace } from '../../domain/embedding.ts';
import type { FrameId } from '../../domain/frame.ts';
import type { GroupId } from '../../domain/group.ts';
import type {
  BlobTable,
  CorrectionTable,
  Decision,
  FilingDecision,
  FinishedMove,
  FrameTable,
  GroupTable,
  KeypointTable,
  ManifestTable,
  MoveTable,
  Placed,
  PlannedGroupChange,
  Quarantined,
  QuarantineTable,
  RecordedPlan,
  RequestTable,
  SettingTable,
  Store,
  StoreReader,
  UserChange,
} from '../store.ts';
import { blobTable, requestTable } from './blob-tables.ts';
import { checkEnvironment, markInitialised } from './check-environment.ts';
import { IdCounters } from './id-counters.ts';
import { keypointTable } from './keypoint-table.ts';
import { LmdbReader } from './lmdb-reader.ts';
import { correct, moveFrame, putGroup, rename } from './membership-writes.ts';
import { checkSpace, migrate, storeVersion, versionOf } from './migrations.ts';
import { closeWithOpenLock, withOpenLock } from './open-lock.ts';
import {
  type FilingRecord,
  filingRecord,
  type KnownSpace,
  pathKey,
  quarantineRecord,
  readName,
  recordVersion,
  type SourceRecord,
  storeName,
} from './records.ts';
import { openMeta } from './tables.ts';

/** Maximum number of databases: the tables below, and a database for each embedding space. */
const maxDbs = 64;

/**
 * Address space for the file: about a million frames. A larger file gets a second map beside the first, and
 * the pages of both count as memory. A map takes no disk and no memory before a write.
 */
const mapSize = 4 * 2 ** 30;

export interface StoreOptions {
  /** Folder of the LMDB environment; made if missing. */
  readonly folder: string;
  readonly space: EmbeddingSpace;
}

/**
 * Opens the store. Throws FatalError if the store is damaged, newer than the program, or of another space.
 */
export function openLmdbStore({ folder, space }: StoreOptions): Promise<Store> {
  return openStore(folder, () => space);
}

/** Opens an existing store of any space. */
export function openStoreAsItIs(folder: string): Promise<Store> {
  return openStore(folder, (meta) => ({ id: String(meta.get('space')), dimensions: undefined }));
}

async function openStore(
  folder: string,
  spaceOf: (meta: ReturnType<typeof openMeta>) => KnownSpace,
): Promise<Store> {
  checkEnvironment(folder);
  const root = openRoot(folder, { mapSize });
  const meta = openMeta(root);
  try {
    const version = versionOf({ meta });
    const space = spaceOf(meta);
    checkSpace({ meta }, space);
    const store = new LmdbStore(root, meta, space);
    if (version === undefined) await store.begin();
    else if (version < storeVersion) await store.migrate(version);
    markInitialised(folder);
    return store;
  } catch (error) {
    void root.close();
    throw error;
  }
}

/** Closes under the open lock as well. */
function openRoot(
  folder: string,
  how: { readonly mapSize?: number; readonly readOnly?: boolean },
): RootDatabase {
  const root = withOpenLock(folder, () => open({ path: folder, maxDbs, ...how }));
  const close = root.close.bind(root);
  root.close = () => closeWithOpenLock(folder, close);
  return root;
}

/** Opens a store for reading. A daemon may work on the store meanwhile. */
export function openStoreReader(folder: string): StoreReader & { close(): Promise<void> } {
  checkEnvironment(folder);
  const root = openRoot(folder, { readOnly: true });
  const meta = openMeta(root);
  versionOf({ meta });
  return new LmdbReader(root, meta, { id: String(meta.get('space')), dimensions: undefined });
}

/** Copies a store as of one moment, beside any writer. `target` is an empty folder. */
export async function copyStore(folder: string, target: string): Promise<void> {
  checkEnvironment(folder);
  const root = openRoot(folder, { readOnly: true });
  try {
    await root.backup(target, true);
    markInitialised(target);
  } finally {
    await root.close();
  }
}

class LmdbStore extends LmdbReader implements Store {
  readonly #ids = new IdCounters(() => this.lastIds());

  begin(): Promise<void> {
    return this.write('begin the store', () => {
      this.meta.putSync('version', storeVersion);
      this.vectorTables.note();
    });
  }

  migrate(from: number): Promise<void> {
    return this.write('bring the store to this version', () => {
      migrate({ meta: this.meta, blobs: this.tables.blobs }, from);
    });
  }

  commit(decisions: readonly Decision[]): Promise<void> {
    return this.write('record decisions in the store', () => {
      for (const decision of decisions) this.#put(decision);
    });
  }

  #put(decision: Decision): void {
    if (decision.kind === 'file') return this.#file(decision);
    if (decision.kind === 'quarantine') return this.#putQuarantined(decision.quarantined);
    this.#remember(decision.source, { v: recordVersion, identity: decision.identity, frame: undefined });
  }

  #file(decision: FilingDecision): void {
    const { frame, founded, placement, keypointCredit } = decision;
    if (founded !== undefined) putGroup(this.tables, this.meta, founded);
    this.tables.filings.putSync(frame.id, filingRecord(decision));
    this.vectorTables.active.put(frame.id, decision.embedding);
    this.tables.members.putSync([placement.group, frame.id], true);
    this.tables.names.putSync(pathKey(String(placement.group), placement.name), frame.id);
    this.tables.fingerprints.putSync(Buffer.from(frame.fingerprint, 'hex'), frame.id);
    if (placement.state === 'planned') {
      this.tables.planned.putSync(frame.id, true);
      this.#remember(frame.source, { v: recordVersion, identity: frame.identity, frame: frame.id });
    } else {
      this.tables.unwritten.putSync([placement.group, frame.id], true);
      this.changes.touch(placement.group);
    }
    this.meta.putSync('lastFrame', frame.id);
    if (keypointCredit !== undefined) this.meta.putSync('keypointCredit', keypointCredit);
  }

  #putQuarantined(quarantined: Quarantined): void {
    this.tables.quarantine.putSync(quarantined.id, quarantineRecord(quarantined));
    this.meta.putSync('lastQuarantined', Math.max(this.lastIds().quarantined, quarantined.id));
    if (quarantined.state === 'placed' || quarantined.state === 'returning')
      this.tables.sources.removeSync(pathKey(quarantined.source));
    else
      this.#remember(quarantined.source, {
        v: recordVersion,
        identity: quarantined.identity,
        frame: undefined,
      });
  }

  #remember(source: string, record: SourceRecord): void {
    this.tables.sources.putSync(pathKey(source), record);
  }

  override get frames(): FrameTable {
    return {
      ...super.frames,
      markPlaced: (placed) =>
        this.write('record placements in the store', () => {
          for (const one of placed) this.#markPlaced(one);
        }),
      reserveIds: async (count) => this.#ids.take('frame', count) as FrameId[],
    };
  }

  #markPlaced({ frame, group, name, state, fileId }: Placed): void {
    const record = this.tables.filings.get(frame);
    if (record === undefined) return;
    if (state === 'planned') {
      rename(this.tables, frame, record, record.group, name);
      return void this.tables.filings.putSync(frame, { ...record, name: storeName(name) });
    }
    const isWhereOrdered = record.group === group && readName(record.name) === name;
    this.tables.filings.putSync(frame, {
      ...record,
      placed: true,
      ...(isWhereOrdered ? { placedAs: fileId } : {}),
    });
    this.tables.planned.removeSync(frame);
    this.tables.unwritten.putSync([record.group, frame], true);
    if (record.mode === 'move') this.#forgetSource(readName(record.source), frame);
  }

  /** A picture deleted after its filing must not return from the file that a copy left in the inbox. */
  #leaveSource(frame: FrameId, { source, identity, placed, mode }: FilingRecord): void {
    const path = readName(source);
    if (!placed || mode === 'move') return this.#forgetSource(path, frame);
    if (this.tables.sources.get(pathKey(path))?.frame === frame)
      this.#remember(path, { v: recordVersion, identity, frame: undefined });
  }

  /** Unless another file stands there by now. */
  #forgetSource(source: string, frame: FrameId): void {
    const key = pathKey(source);
    if (this.tables.sources.get(key)?.frame === frame) this.tables.sources.removeSync(key);
  }

  forget(frames: readonly FrameId[]): Promise<void> {
    return this.write('forget frames in the store', () => {
      for (const frame of frames) this.#forget(frame);
    });
  }

  #forget(frame: FrameId): void {
    const record = this.tables.filings.get(frame);
    if (record === undefined) return;
    const name = pathKey(String(record.group), readName(record.name));
    if (this.tables.names.get(name) === frame) this.tables.names.removeSync(name);
    this.tables.fingerprints.removeSync(Buffer.from(record.fingerprint, 'hex'), frame);
    this.tables.members.removeSync([record.group, frame]);
    this.tables.unwritten.putSync([record.group, frame], true);
    this.tables.planned.removeSync(frame);
    this.changes.end(frame);
    this.vectorTables.remove(frame);
    this.tables.keypoints.removeSync(frame);
    this.tables.filings.removeSync(frame);
    this.#leaveSource(frame, record);
  }

  override get groups(): GroupTable {
    return {
      ...super.groups,
      markRemoved: (group) =>
        this.write('record a removed folder in the store', () => {
          this.tables.emptied.removeSync(group);
        }),
      reserveIds: async (count) => this.#ids.take('group', count) as GroupId[],
    };
  }

  override get moves(): MoveTable {
    return {
      ...super.moves,
      rename: (frame, name) =>
        this.write('record another name in the store', () => this.changes.rename(frame, name)),
      markLinked: (frame) =>
        this.write('record a new name in the store', () => this.changes.markLinked(frame)),
    };
  }

  planChange(change: PlannedGroupChange): Promise<RecordedPlan> {
    return this.write('record a change of groups in the store', () => this.changes.plan(change));
  }

  finishMoves(done: readonly FinishedMove[]): Promise<void> {
    return this.write('record moved pictures in the store', () => {
      for (const one of done) this.changes.finish(one);
    });
  }

  abandonMove(frame: FrameId): Promise<void> {
    return this.write('abandon a move in the store', () => this.changes.abandon(frame));
  }

  endMove(frame: FrameId): Promise<void> {
    return this.write('end a move in the store', () => this.changes.end(frame));
  }

  override get quarantine(): QuarantineTable {
    return {
      ...super.quarantine,
      release: (quarantined) =>
        this.write('release from quarantine in the store', () => {
          for (const one of quarantined) this.#release(one);
        }),
      reserveIds: async (count) => this.#ids.take('quarantined', count),
    };
  }

  #release({ id, source, identity }: Quarantined): void {
    this.tables.quarantine.removeSync(id);
    const key = pathKey(source);
    if (this.tables.sources.get(key)?.identity === identity) this.tables.sources.removeSync(key);
  }

  override get corrections(): CorrectionTable {
    return {
      ...super.corrections,
      add: (corrections) =>
        this.write('record corrections in the store', () => {
          for (const one of corrections) correct(this.tables, one);
        }),
    };
  }

  override get manifests(): ManifestTable {
    return {
      ...super.manifests,
      markWritten: (listed) =>
        this.write('record manifests in the store', () => {
          for (const { group, frame } of listed) this.tables.unwritten.removeSync([group, frame]);
        }),
    };
  }

  applyUserChanges(changes: readonly UserChange[]): Promise<void> {
    return this.write("record a person's changes in the store", () => {
      for (const change of changes) this.#applyUserChanges(change);
    });
  }

  #applyUserChanges(change: UserChange): void {
    if (change.kind === 'founded-group') {
      this.changes.touch(change.group.id);
      return putGroup(this.tables, this.meta, change.group);
    }
    if (change.kind === 'moved') return this.#move(change);
    const record = this.tables.groups.get(change.group);
    if (record === undefined) return;
    this.tables.groups.putSync(change.group, { ...record, folder: storeName(change.folder) });
    this.changes.touch(change.group);
    // The group's manifest may be left in the old folder.
    for (const frame of this.membersOf(change.group)) {
      this.tables.unwritten.putSync([change.group, frame], true);
      this.changes.abandon(frame); // the user's place counts
    }
  }

  /** The user is right: a move under way is dropped. */
  #move({ frame, from, group, name, fileId, evidence }: Extract<UserChange, { kind: 'moved' }>): void {
    if (!this.tables.filings.doesExist(frame)) return;
    this.changes.abandon(frame);
    moveFrame(this.tables, frame, { group, name }, { fileId, evidence });
    if (from === group) this.changes.touch(group);
    else correct(this.tables, { frame, from, to: group });
  }

  get keypoints(): KeypointTable {
    return keypointTable(this.tables, this.access);
  }

  override get requests(): RequestTable {
    return requestTable(this.tables, this.access);
  }

  override get settings(): SettingTable {
    return this.segments;
  }

  get segments(): BlobTable {
    return blobTable(this.tables, this.access);
  }
}
