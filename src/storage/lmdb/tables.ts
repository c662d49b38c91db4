import type { Database, RootDatabase } from 'lmdb';
import type {
  CorrectionRecord,
  FilingRecord,
  GroupRecord,
  QuarantineRecord,
  RegroupingRecord,
  RelocationRecord,
  SourceRecord,
} from './records.ts';

/** Reads and writes of the environment. */
export interface LmdbAccess {
  /** Runs reads of one moment. */
  readonly read: <T>(act: () => T) => Promise<T>;
  /** Runs `change` in one transaction. */
  readonly write: <T>(what: string, change: () => T) => Promise<T>;
}

export function openMeta(root: RootDatabase) {
  return root.openDB<number | string, string>('meta', {});
}

/** The databases of an environment, except for vectors. */
export function openTables(root: RootDatabase) {
  return {
    filings: root.openDB<FilingRecord, number>('filings', {}),
    groups: root.openDB<GroupRecord, number>('groups', {}),
    members: root.openDB<boolean, [number, number]>('members', {}),
    names: root.openDB<number, Buffer>('names', { keyEncoding: 'binary' }),
    fingerprints: root.openDB<number, Buffer>('fingerprints', {
      keyEncoding: 'binary',
      dupSort: true,
      encoding: 'ordered-binary',
    }),
    sources: root.openDB<SourceRecord, Buffer>('sources', { keyEncoding: 'binary' }),
    planned: root.openDB<boolean, number>('planned', {}),
    quarantine: root.openDB<QuarantineRecord, number>('quarantine', {}),
    corrections: root.openDB<CorrectionRecord, number>('corrections', {}),
    keypoints: root.openDB<Buffer, number>('keypoints', { encoding: 'binary' }),
    blobs: root.openDB<Buffer, string>('blobs', { encoding: 'binary' }),
    unwritten: root.openDB<boolean, [number, number]>('unlisted', {}),
    regroupings: later(root.openDB<RegroupingRecord, number>('regroupings', {})),
    relocations: later(root.openDB<RelocationRecord, number>('relocations', {})),
    emptied: later(root.openDB<boolean, number>('emptied', {})),
    touched: later(root.openDB<boolean, number>('touched', {})),
  };
}

/** A database missing in older stores. In a store opened for reading the missing database counts as empty. */
function later<V>(database: Database<V, number> | undefined): Database<V, number> {
  const nothing = {
    get: () => undefined,
    getRange: () => [],
    getKeys: () => [],
    getStats: () => ({ entryCount: 0 }),
  };
  return database ?? (nothing as unknown as Database<V, number>);
}

export type LmdbTables = ReturnType<typeof openTables>;

export function entries(database: { getStats(): object }): number {
  const { entryCount } = database.getStats() as { entryCount: number };
  return entryCount;
}
