import { open, type RootDatabase } from 'lmdb';
import type { EmbeddingSpace } from '../../domain/embedding.ts';
import type { FrameId } from '../../domain/frame.ts';
import type { Keypoints } from '../../domain/keypoints.ts';
import type {
  Blobs,
  Correction,
  Decision,
  FilingDecision,
  KeypointTable,
  ManifestEntry,
  Placed,
  Quarantined,
  RequestTable,
  SettingTable,
  Store,
  StoreReader,
  UserChange,
} from '../store.ts';
import { checkEnvironment, markInitialised } from './check-environment.ts';
import { LmdbReader } from './lmdb-reader.ts';
import { correct, moveFrame, putGroup, rename } from './membership-writes.ts';
import { checkSpace, migrate, storeVersion, versionOf } from './migrations.ts';
import { closeWithOpenLock, withOpenLock } from './open-lock.ts';
import {
  type FilingRecord,
  filingRecord,
  type KnownSpace,
  keypointBytes,
  pathKey,
  quarantineRecord,
  readKeypoints,
  readName,
  recordVersion,
  type SourceRecord,
  storeName,
} from './records.ts';
import { entries, openMeta } from './tables.ts';

/** Maximum number of databases: the tables below, and a database for each embedding space. */
const maxDbs = 64;

/**
 * Address space for the file: about a million frames. A larger file gets a second map beside the first, and
 * the pages of both count as memory. A map takes no disk and no memory before a write.
 */
const mapSize = 4 * 2 ** 30;

/**
 * Maximum number of frames with stored keypoints: up to 70 MB. The oldest keypoints go first and can be
 * recomputed.
 */
const keypointsMax = 2_048;

export interface StoreOptions {
  /** Folder of the LMDB environment; made if missing. */
  readonly folder: string;
  readonly space: EmbeddingSpace;
}

/**
 * Opens the store. Throws FatalError if the store is damaged, newer than the program, or of another space.
 */
export function openLmdbStore({ folder, space }: StoreOptions): Store {
  return openStore(folder, () => space);
}

/** Opens an existing store of any space. */
export function openStoreAsItIs(folder: string): Store {
  return openStore(folder, (meta) => ({ id: String(meta.get('space')), dimensions: undefined }));
}

function openStore(folder: string, spaceOf: (meta: ReturnType<typeof openMeta>) => KnownSpace): Store {
  checkEnvironment(folder);
  const root = openRoot(folder, { mapSize });
  const meta = openMeta(root);
  try {
    const version = versionOf({ meta });
    const space = spaceOf(meta);
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
  begin(): void {
    this.write('begin the store', () => {
      this.meta.putSync('version', storeVersion);
      this.vectorTables.note();
    });
  }

  migrate(from: number): void {
    this.write('bring the store to this version', () => {
      migrate({ meta: this.meta, blobs: this.tables.blobs }, from);
    });
  }

  commit(decisions: readonly Decision[]): void {
    this.write('record decisions in the store', () => {
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
      this.regroupings.touch(placement.group);
    }
    this.meta.putSync('lastFrame', frame.id);
    if (keypointCredit !== undefined) this.meta.putSync('keypointCredit', keypointCredit);
  }

  #putQuarantined(quarantined: Quarantined): void {
    this.tables.quarantine.putSync(quarantined.id, quarantineRecord(quarantined));
    this.meta.putSync('lastQuarantined', Math.max(this.last().quarantined, quarantined.id));
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

  markPlaced(placed: readonly Placed[]): void {
    this.write('record placements in the store', () => {
      for (const one of placed) this.#markPlaced(one);
    });
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

  forget(frames: readonly FrameId[]): void {
    this.write('forget frames in the store', () => {
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
    this.regroupings.endWithin(frame);
    this.vectorTables.remove(frame);
    this.tables.keypoints.removeSync(frame);
    this.tables.filings.removeSync(frame);
    this.#leaveSource(frame, record);
  }

  release(quarantined: readonly Quarantined[]): void {
    this.write('release from quarantine in the store', () => {
      for (const { id, source, identity } of quarantined) {
        this.tables.quarantine.removeSync(id);
        const key = pathKey(source);
        if (this.tables.sources.get(key)?.identity === identity) this.tables.sources.removeSync(key);
      }
    });
  }

  correct(corrections: readonly Correction[]): void {
    this.write('record corrections in the store', () => {
      for (const one of corrections) correct(this.tables, one);
    });
  }

  markWritten(listed: readonly ManifestEntry[]): void {
    this.write('record manifests in the store', () => {
      for (const { group, frame } of listed) this.tables.unwritten.removeSync([group, frame]);
    });
  }

  applyUserChanges(changes: readonly UserChange[]): void {
    this.write("record a person's changes in the store", () => {
      for (const change of changes) this.#applyUserChanges(change);
    });
  }

  #applyUserChanges(change: UserChange): void {
    if (change.kind === 'founded-group') {
      this.regroupings.touch(change.group.id);
      return putGroup(this.tables, this.meta, change.group);
    }
    if (change.kind === 'moved') return this.#move(change);
    const record = this.tables.groups.get(change.group);
    if (record === undefined) return;
    this.tables.groups.putSync(change.group, { ...record, folder: storeName(change.folder) });
    this.regroupings.touch(change.group);
    // The group's manifest may be left in the old folder.
    for (const frame of this.members(change.group)) {
      this.tables.unwritten.putSync([change.group, frame], true);
      this.regroupings.dropWithin(frame); // the user's place counts
    }
  }

  /** The user is right: a move under way is dropped. */
  #move({ frame, from, group, name, fileId, evidence }: Extract<UserChange, { kind: 'moved' }>): void {
    if (!this.tables.filings.doesExist(frame)) return;
    this.regroupings.dropWithin(frame);
    moveFrame(this.tables, frame, { group, name }, { fileId, evidence });
    if (from === group) this.regroupings.touch(group);
    else correct(this.tables, { frame, from, to: group });
  }

  get keypoints(): KeypointTable {
    const { keypoints, filings } = this.tables;
    return {
      get: async (frames) => {
        const known = new Map<FrameId, Keypoints>();
        for (const frame of frames) {
          const bytes = keypoints.getBinary(frame);
          const found = bytes && readKeypoints(bytes);
          if (found !== undefined) known.set(frame, found);
        }
        return known;
      },
      put: async (described) =>
        this.write('store keypoints', () => {
          for (const [frame, one] of described)
            if (filings.doesExist(frame)) keypoints.putSync(frame, keypointBytes(one));
          const surplus = Math.max(0, entries(keypoints) - keypointsMax);
          for (const oldest of Array.from(keypoints.getKeys({ limit: surplus })))
            keypoints.removeSync(oldest);
        }),
    };
  }

  /** Requests, settings and segments share a database; their keys differ. */
  override get requests(): RequestTable {
    const { segments: blobs } = this;
    return {
      ...super.requests,
      list: async (prefix) =>
        blobs.keys(prefix).flatMap((key) => {
          const value = blobs.get(key);
          return value === undefined ? [] : { key, value };
        }),
      put: async ({ key, value }) => blobs.put(key, value),
      update: async (key, change) => this.#updateBlob(key, change),
      delete: async (keys) => blobs.delete(keys),
    };
  }

  #updateBlob(key: string, change: (latest: Buffer) => Buffer | undefined): Buffer | undefined {
    let changed: Buffer | undefined;
    this.write(`store ${key}`, () => {
      const latest = this.tables.blobs.getBinary(key);
      changed = latest && change(latest);
      if (changed !== undefined) this.tables.blobs.putSync(key, changed);
    });
    return changed;
  }

  override get settings(): SettingTable {
    return { ...super.settings, put: async (name, value) => this.segments.put(name, value) };
  }

  get segments(): Blobs {
    return {
      get: (key) => this.tables.blobs.getBinary(key),
      put: (key, value) => this.write(`store ${key}`, () => void this.tables.blobs.putSync(key, value)),
      keys: (prefix) => Array.from(this.tables.blobs.getKeys({ start: prefix, end: `${prefix}\uffff` })),
      delete: (keys) =>
        this.write('delete blobs', () => {
          for (const key of keys) this.tables.blobs.removeSync(key);
        }),
    };
  }
}
