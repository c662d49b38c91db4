import type { RootDatabase } from 'lmdb';
import type { Embedding } from '../../domain/embedding.ts';
import type { Fingerprint, FrameId } from '../../domain/frame.ts';
import type { Group, GroupId } from '../../domain/group.ts';
import { assert } from '../../lib/assert.ts';
import { messageOf, TransientError } from '../../lib/errors.ts';
import type {
  Correction,
  Counts,
  FrameRecord,
  ManifestEntry,
  Quarantined,
  RequestTable,
  SettingTable,
  Source,
  Spaces,
  StoredEmbedding,
  StoreReader,
} from '../store.ts';
import { ChangeJournal } from './change-journal.ts';
import {
  type GroupRecord,
  type KnownSpace,
  pathKey,
  readFiling,
  readName,
  readQuarantine,
} from './records.ts';
import { entries, type LmdbTables, type openMeta, openTables } from './tables.ts';
import { VectorTables } from './vector-tables.ts';

/** The read methods. Any number of processes may read beside the writer. */
export class LmdbReader implements StoreReader {
  protected readonly root: RootDatabase;
  protected readonly meta: ReturnType<typeof openMeta>;
  protected readonly vectorTables: VectorTables;
  protected readonly tables: LmdbTables;
  readonly regroupings: ChangeJournal;

  constructor(root: RootDatabase, meta: ReturnType<typeof openMeta>, space: KnownSpace) {
    this.root = root;
    this.meta = meta;
    this.vectorTables = new VectorTables(
      {
        meta,
        openDatabase: (name) => root.openDB<Buffer, number>(name, { encoding: 'binary' }),
        write: (what, change) => this.write(what, change),
        onActivate: () => this.#markUnwritten(),
      },
      space,
    );
    this.tables = openTables(root);
    this.regroupings = new ChangeJournal(this.tables, meta, (what, change) => this.write(what, change));
  }

  /** Manifests hold vectors of the space in use. */
  #markUnwritten(): void {
    for (const { frame, group } of Array.from(this.memberships()))
      this.tables.unwritten.putSync([group, frame], true);
  }

  *groups(): Iterable<Group> {
    for (const { key, value } of this.tables.groups.getRange({}))
      yield this.#readGroup(key as GroupId, value);
  }

  group(id: GroupId): Group | undefined {
    const record = this.tables.groups.get(id);
    return record && this.#readGroup(id, record);
  }

  #readGroup(id: GroupId, record: GroupRecord): Group {
    const frames = this.tables.members.getKeysCount({ start: [id, 0], end: [id, Number.POSITIVE_INFINITY] });
    return { id, folder: readName(record.folder), frames, foundedMs: record.foundedMs };
  }

  *memberships(): Iterable<{ frame: FrameId; group: GroupId }> {
    for (const [group, frame] of this.tables.members.getKeys({})) {
      yield { frame: frame as FrameId, group: group as GroupId };
    }
  }

  embeddings(after: FrameId): Iterable<StoredEmbedding> {
    return this.vectorTables.active.after(after);
  }

  embedding(frame: FrameId): Embedding | undefined {
    return this.vectorTables.active.get(frame);
  }

  get spaces(): Spaces {
    return this.vectorTables;
  }

  get requests(): Pick<RequestTable, 'get'> {
    return { get: async (key) => this.tables.blobs.getBinary(key) };
  }

  get settings(): Pick<SettingTable, 'get'> {
    return this.requests;
  }

  filing(frame: FrameId): FrameRecord | undefined {
    const record = this.tables.filings.get(frame);
    return record && readFiling(frame, record, this.folderOf(record.group as GroupId));
  }

  folderOf(group: GroupId): string {
    const record = this.tables.groups.get(group);
    assert(record !== undefined, `a frame belongs to group ${group}, which the store does not have`);
    return readName(record.folder);
  }

  *members(group: GroupId): Iterable<FrameId> {
    const range = { start: [group, 0], end: [group, Number.POSITIVE_INFINITY] } as const;
    for (const [, frame] of this.tables.members.getKeys({ start: [...range.start], end: [...range.end] })) {
      yield frame as FrameId;
    }
  }

  frameAt(group: GroupId, name: string): FrameId | undefined {
    return this.tables.names.get(pathKey(String(group), name)) as FrameId | undefined;
  }

  frameWith(fingerprint: Fingerprint): FrameId | undefined {
    for (const frame of this.tables.fingerprints.getValues(Buffer.from(fingerprint, 'hex'), { limit: 1 })) {
      return frame as FrameId;
    }
    return undefined;
  }

  source(path: string): Source | undefined {
    const record = this.tables.sources.get(pathKey(path));
    return record && { identity: record.identity, frame: record.frame as FrameId | undefined };
  }

  *planned(): Iterable<FrameId> {
    for (const frame of this.tables.planned.getKeys({})) yield frame as FrameId;
  }

  *quarantined(): Iterable<Quarantined> {
    for (const { key, value } of this.tables.quarantine.getRange({})) yield readQuarantine(key, value);
  }

  *corrections(): Iterable<Correction> {
    for (const { value } of this.tables.corrections.getRange({}))
      yield { frame: value.frame as FrameId, from: value.from as GroupId, to: value.to as GroupId };
  }

  *unwritten(): Iterable<ManifestEntry> {
    for (const [group, frame] of this.tables.unwritten.getKeys({}))
      yield { group: group as GroupId, frame: frame as FrameId };
  }

  counts(): Counts {
    return {
      frames: entries(this.tables.filings),
      groups: entries(this.tables.groups),
      planned: entries(this.tables.planned) + entries(this.tables.relocations),
      quarantined: entries(this.tables.quarantine),
    };
  }

  last() {
    return {
      frame: Number(this.meta.get('lastFrame') ?? 0) as FrameId,
      group: Number(this.meta.get('lastGroup') ?? 0) as GroupId,
      quarantined: Number(this.meta.get('lastQuarantined') ?? 0),
      keypointCredit: this.meta.get('keypointCredit') as number | undefined,
    };
  }

  /** Runs `change` in one transaction, durable when the call returns. A failure changes nothing. */
  protected write(what: string, change: () => void): void {
    try {
      this.root.transactionSync(change);
    } catch (error) {
      if (!isDiskRefusal(error)) throw error;
      throw new TransientError(`${what}: ${messageOf(error)}`, {
        cause: error,
        hint: 'The disk that holds the state is full or failing: make room there.',
      });
    }
  }

  async close(): Promise<void> {
    await this.root.close();
  }
}

/** LMDB passes the system's error numbers EIO and ENOSPC, and its own number for a full map. */
function isDiskRefusal(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return code === 5 || code === 28 || code === -30792;
}
