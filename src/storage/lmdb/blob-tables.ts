import type { BlobTable, RequestTable } from '../store.ts';
import type { LmdbAccess, LmdbTables } from './tables.ts';

/** Requests, settings and segments share a database; their keys differ. */
type Tables = Pick<LmdbTables, 'blobs'>;

export function blobTable({ blobs }: Tables, { read, write }: LmdbAccess): BlobTable {
  return {
    get: (key) => read(() => blobs.getBinary(key)),
    put: (key, value) => write(`store ${key}`, () => void blobs.putSync(key, value)),
    keys: (prefix) => read(() => Array.from(blobs.getKeys(withPrefix(prefix)))),
    delete: (keys) =>
      write('delete blobs', () => {
        for (const key of keys) blobs.removeSync(key);
      }),
  };
}

export function requestTable(tables: Tables, access: LmdbAccess): RequestTable {
  const { get, put, delete: remove } = blobTable(tables, access);
  const { blobs } = tables;
  return {
    get,
    list: (prefix) =>
      access.read(() => Array.from(blobs.getRange(withPrefix(prefix)), ({ key, value }) => ({ key, value }))),
    put: ({ key, value }) => put(key, value),
    update: (key, change) =>
      access.write(`store ${key}`, () => {
        const latest = blobs.getBinary(key);
        const changed = latest && change(latest);
        if (changed !== undefined) blobs.putSync(key, changed);
        return changed;
      }),
    delete: remove,
  };
}

function withPrefix(prefix: string): { start: string; end: string } {
  return { start: prefix, end: `${prefix}\uffff` };
}
