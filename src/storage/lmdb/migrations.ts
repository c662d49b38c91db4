import type { EmbeddingSpace } from '../../domain/embedding.ts';
import { exitCodes, FatalError } from '../../lib/errors.ts';

/** How the store's databases are laid out. Records have versions of their own; see records.ts. */
export const storeVersion = 2;

export interface VersionedStore {
  readonly meta: {
    get(key: string): number | string | undefined;
    putSync(key: string, value: number | string): unknown;
  };
  readonly blobs: {
    getKeys(range: { start: string; end: string }): Iterable<string>;
    removeSync(key: string): unknown;
  };
}

/** Returns undefined for a new store. Throws FatalError for a store of a newer framesort. */
export function versionOf({ meta }: Pick<VersionedStore, 'meta'>): number | undefined {
  const version = meta.get('version');
  if (version === undefined) return undefined;
  if (Number(version) > storeVersion) throw newerStore(version);
  return Number(version);
}

/** Throws FatalError when decisions were made with vectors of another space. */
export function checkSpace({ meta }: Pick<VersionedStore, 'meta'>, { id }: Pick<EmbeddingSpace, 'id'>): void {
  const found = meta.get('space');
  if (found !== undefined && found !== id) throw otherSpace(String(found), id);
}

/** Migrates an older store to the present version, within a transaction. */
export function migrate(store: VersionedStore, from: number): void {
  for (let version = from; version < storeVersion; version++) steps[version]?.(store);
  store.meta.putSync('version', storeVersion);
}

/** The step from each version to the next. */
const steps: Record<number, (store: VersionedStore) => void> = {
  1: ({ meta, blobs }) => {
    meta.putSync(`embeddings/${meta.get('space')}`, 'embeddings');
    // The index of version 1 is rebuilt.
    for (const prefix of ['segment/', 'chunk/'])
      for (const key of Array.from(blobs.getKeys({ start: prefix, end: `${prefix}\uffff` })))
        blobs.removeSync(key);
  },
};

function newerStore(version: number | string): FatalError {
  return new FatalError(
    `open the store: it has version ${version}, this framesort knows up to ${storeVersion}`,
    {
      hint: 'The state was written by a newer framesort: install that version or newer.',
      exitCode: exitCodes.configuration,
    },
  );
}

function otherSpace(found: string, wanted: string): FatalError {
  return new FatalError(
    `open the store: its embeddings are of ${found}, the configured model makes ${wanted}`,
    {
      hint: 'Run "framesort models use NAME" with the wanted model: it embeds all pictures anew and changes to it; or set embed.model back.',
      exitCode: exitCodes.configuration,
    },
  );
}
