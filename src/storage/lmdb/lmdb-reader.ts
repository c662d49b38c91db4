import type { RootDatabase } from 'lmdb';
import type { Fingerprint, FrameId } from '../../domain/frame.ts';
import type { Group, GroupId } from '../../domain/group.ts';
import { assert } from '../../lib/assert.ts';
import { messageOf, TransientError } from '../../lib/errors.ts';
import type {
  Counts,
  FrameRecord,
  FrameTable,
  Journal,
  LastIds,
  ManifestEntry,
  Membership,
  RequestTable,
  SettingTable,
  Spaces,
  StoreReader,
  VectorReader,
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
import { entries, type LmdbAccess, type LmdbTables, type openMeta, openTables } from './tables.ts';
import { VectorTables } from './vector-tables.ts';

/** Group and frame. */
type MemberKey = [number, number];

/** The reads. Each reads at one moment and returns copies: no cursor stays open. */
export class LmdbReader implements StoreReader {
  protected readonly root: RootDatabase;
  protected readonly meta: ReturnType<typeof openMeta>;
  protected readonly vectorTables: VectorTables;
  protected readonly tables: LmdbTables;
  protected readonly changes: ChangeJournal;

  constructor(root: RootDatabase, meta: ReturnType<typeof openMeta>, space: KnownSpace) {
    this.root = root;
    this.meta = meta;
    this.vectorTables = new VectorTables(
      {
        meta,
        openDatabase: (name) => root.openDB<Buffer, number>(name, { encoding: 'binary' }),
        ...this.access,
        onActivate: () => this.#markUnwritten(),
      },
      space,
    );
    this.tables = openTables(root);
    this.changes = new ChangeJournal(this.tables, meta);
  }

  /** Manifests hold vectors of the space in use. */
  #markUnwritten(): void {
    for (const [group, frame] of Array.from(this.tables.members.getKeys({})))
      this.tables.unwritten.putSync([group, frame], true);
  }

  get frames(): Omit<FrameTable, 'markPlaced' | 'reserveIds'> {
    const { names, planned, sources } = this.tables;
    return {
      get: (frame) => this.read(() => this.frameRecord(frame)),
      getMany: (frames) => this.read(() => known(frames, (frame) => this.frameRecord(frame))),
      at: (group, name) => this.read(() => names.get(pathKey(String(group), name)) as FrameId | undefined),
      withFingerprint: (fingerprint) => this.read(() => this.#frameWith(fingerprint)),
      source: (path) =>
        this.read(() => {
          const record = sources.get(pathKey(path));
          return record && { identity: record.identity, frame: record.frame as FrameId | undefined };
        }),
      planned: () => this.read(() => Array.from(planned.getKeys({})) as FrameId[]),
      memberships: (after, count) => this.read(() => this.#memberships(after, count)),
    };
  }

  protected frameRecord(frame: FrameId): FrameRecord | undefined {
    const record = this.tables.filings.get(frame);
    return record && readFiling(frame, record, this.#folderOf(record.group as GroupId));
  }

  #frameWith(fingerprint: Fingerprint): FrameId | undefined {
    const [frame] = this.tables.fingerprints.getValues(Buffer.from(fingerprint, 'hex'), { limit: 1 });
    return frame as FrameId | undefined;
  }

  #memberships(after: Membership | undefined, count: number): Membership[] {
    const start: MemberKey = after === undefined ? [0, 0] : [after.group, after.frame + 1];
    const keys = this.tables.members.getKeys({ start, limit: count });
    return Array.from(keys, ([group, frame]) => ({ frame: frame as FrameId, group: group as GroupId }));
  }

  get groups(): StoreReader['groups'] {
    const { groups, touched, emptied } = this.tables;
    return {
      all: () =>
        this.read(() =>
          Array.from(groups.getRange({}), ({ key, value }) => this.#readGroup(key as GroupId, value)),
        ),
      get: (id) =>
        this.read(() => {
          const record = groups.get(id);
          return record && this.#readGroup(id, record);
        }),
      folderOf: (group) => this.read(() => this.#folderOf(group)),
      members: (group) => this.read(() => this.membersOf(group)),
      hasPlacedMember: (group) => this.read(() => this.#hasPlacedMember(group)),
      edited: () => this.read(() => Array.from(touched.getKeys({})) as GroupId[]),
      emptied: () => this.read(() => Array.from(emptied.getKeys({})) as GroupId[]),
    };
  }

  #readGroup(id: GroupId, record: GroupRecord): Group {
    const frames = this.tables.members.getKeysCount(membersRange(id));
    return { id, folder: readName(record.folder), frames, foundedMs: record.foundedMs };
  }

  #folderOf(group: GroupId): string {
    const record = this.tables.groups.get(group);
    assert(record !== undefined, `a frame belongs to group ${group}, which the store does not have`);
    return readName(record.folder);
  }

  protected membersOf(group: GroupId): FrameId[] {
    const keys = this.tables.members.getKeys(membersRange(group));
    return Array.from(keys, ([, frame]) => frame as FrameId);
  }

  #hasPlacedMember(group: GroupId): boolean {
    for (const [, frame] of this.tables.members.getKeys(membersRange(group)))
      if (this.tables.filings.get(frame)?.placed) return true;
    return false;
  }

  get moves(): StoreReader['moves'] {
    return {
      all: () => this.read(() => this.changes.moves()),
      get: (frame) => this.read(() => this.changes.move(frame)),
    };
  }

  get journal(): Journal {
    return {
      get: (id) => this.read(() => this.changes.get(id)),
      page: (after, count) => this.read(() => this.changes.page(after, count)),
    };
  }

  get quarantine(): StoreReader['quarantine'] {
    const { quarantine } = this.tables;
    return {
      all: () =>
        this.read(() => Array.from(quarantine.getRange({}), ({ key, value }) => readQuarantine(key, value))),
    };
  }

  get corrections(): StoreReader['corrections'] {
    const { corrections } = this.tables;
    return {
      all: () =>
        this.read(() =>
          Array.from(corrections.getRange({}), ({ value: { frame, from, to } }) => ({
            frame: frame as FrameId,
            from: from as GroupId,
            to: to as GroupId,
          })),
        ),
    };
  }

  get manifests(): StoreReader['manifests'] {
    const { unwritten } = this.tables;
    const entry = ([group, frame]: MemberKey) => ({ group, frame }) as ManifestEntry;
    return { unwritten: () => this.read(() => Array.from(unwritten.getKeys({}), entry)) };
  }

  get vectors(): VectorReader {
    return this.vectorTables.reader;
  }

  get spaces(): Spaces {
    return this.vectorTables;
  }

  get requests(): Pick<RequestTable, 'get'> {
    return { get: (key) => this.read(() => this.tables.blobs.getBinary(key)) };
  }

  get settings(): Pick<SettingTable, 'get'> {
    return this.requests;
  }

  counts(): Promise<Counts> {
    const { filings, groups, planned, relocations, quarantine } = this.tables;
    return this.read(() => ({
      frames: entries(filings),
      groups: entries(groups),
      planned: entries(planned) + entries(relocations),
      quarantined: entries(quarantine),
    }));
  }

  last(): Promise<LastIds> {
    return this.read(() => this.lastIds());
  }

  protected lastIds(): LastIds {
    return {
      frame: Number(this.meta.get('lastFrame') ?? 0) as FrameId,
      group: Number(this.meta.get('lastGroup') ?? 0) as GroupId,
      quarantined: Number(this.meta.get('lastQuarantined') ?? 0),
      keypointCredit: this.meta.get('keypointCredit') as number | undefined,
    };
  }

  protected get access(): LmdbAccess {
    return { read: (act) => this.read(act), write: (what, change) => this.write(what, change) };
  }

  /** Runs reads of one moment: LMDB answers within the call. */
  protected async read<T>(act: () => T): Promise<T> {
    return refusalsAsTransient('read the store', act);
  }

  /** Runs `change` in one transaction, durable when the promise resolves. A failure changes nothing. */
  protected async write<T>(what: string, change: () => T): Promise<T> {
    return refusalsAsTransient(what, () => this.root.transactionSync(change));
  }

  async close(): Promise<void> {
    await this.root.close();
  }
}

function membersRange(group: GroupId): { start: MemberKey; end: MemberKey } {
  return { start: [group, 0], end: [group, Number.POSITIVE_INFINITY] };
}

function known<T>(frames: readonly FrameId[], find: (frame: FrameId) => T | undefined): Map<FrameId, T> {
  const found = new Map<FrameId, T>();
  for (const frame of frames) {
    const one = find(frame);
    if (one !== undefined) found.set(frame, one);
  }
  return found;
}

function refusalsAsTransient<T>(what: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!isDiskRefusal(error)) throw error;
    throw new TransientError(`${what}: ${messageOf(error)}`, {
      cause: error,
      hint: 'The disk that holds the state is full or failing: make room there.',
    });
  }
}

/** LMDB passes the system's error numbers EIO and ENOSPC, and its own number for a full map. */
function isDiskRefusal(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return code === 5 || code === 28 || code === -30792;
}
