import { createHash } from 'node:crypto';
import type { Embedding, EmbeddingSpace } from '../../domain/embedding.ts';
import type { FrameId } from '../../domain/frame.ts';
import { packEmbedding } from '../../domain/similarity/packed-embedding.ts';
import { assert } from '../../lib/assert.ts';
import type { ModelChoice, Spaces, StoredEmbedding, VectorReader, VectorTable } from '../store.ts';
import { type KnownSpace, readEmbedding } from './records.ts';
import type { LmdbAccess } from './tables.ts';

/** The parts of LMDB for vectors. */
export interface VectorDatabase {
  get(frame: number): Buffer | undefined;
  doesExist(frame: number): boolean;
  getRange(range: { start: number; limit?: number }): Iterable<{ key: number; value: Buffer }>;
  getKeys(range: { start: number }): Iterable<number>;
  getKeysCount(range: { start: number }): number;
  putSync(frame: number, vector: Buffer): unknown;
  removeSync(frame: number): unknown;
  clearSync(): unknown;
}

export interface VectorTablesParts extends LmdbAccess {
  readonly meta: {
    get(key: string): number | string | undefined;
    getKeys(range: { start: string; end: string }): Iterable<string>;
    putSync(key: string, value: string): unknown;
    removeSync(key: string): unknown;
  };
  readonly openDatabase: (name: string) => VectorDatabase;
  /** Called within the transaction that changes the space in use. */
  readonly onActivate: () => void;
}

/** Prefix of the keys in `meta` for the databases of spaces. */
const prefix = 'embeddings/';

const choiceKey = 'choice';

/** A database of vectors for each space, so that another space can grow beside the space in use. */
export class VectorTables implements Spaces {
  readonly #parts: VectorTablesParts;
  readonly #databases = new Map<string, VectorDatabase>();
  #active: LmdbVectorTable;

  /** `space` is the space in use. */
  constructor(parts: VectorTablesParts, space: KnownSpace) {
    this.#parts = parts;
    this.#active = this.#table(space);
  }

  get active(): LmdbVectorTable {
    return this.#active;
  }

  /** Within a transaction: records the space in use in a new store. */
  note(): void {
    const { id } = this.#active.space;
    this.#parts.meta.putSync('space', id);
    this.#parts.meta.putSync(prefix + id, databaseOf(id));
  }

  list(): Promise<readonly string[]> {
    return this.#parts.read(() => this.#ids());
  }

  #ids(): string[] {
    const keys = Array.from(this.#parts.meta.getKeys({ start: prefix, end: `${prefix}\uffff` }));
    const others = keys.map((key) => key.slice(prefix.length)).filter((id) => id !== this.#active.space.id);
    return [this.#active.space.id, ...others];
  }

  count(id: string): Promise<number> {
    return this.#parts.read(() => this.#table({ id, dimensions: undefined }).count);
  }

  async create(space: EmbeddingSpace): Promise<VectorTable> {
    const table = this.#table(space);
    const { write, meta } = this.#parts;
    if (!this.#ids().includes(space.id)) {
      const database = databaseOf(space.id);
      await write('begin another embedding space', () => void meta.putSync(prefix + space.id, database));
    }
    const put = (embedded: readonly StoredEmbedding[]) =>
      write('store embeddings', () => this.#putKnown(table, embedded));
    return { put, ...this.read(space) };
  }

  read(space: EmbeddingSpace): Omit<VectorTable, 'put'> {
    const table = this.#table(space);
    const missing = (after: FrameId, count: number) =>
      this.#parts.read(() => missingIn(table, this.#active, after, count));
    return { missing, ...this.#readerOf(table) };
  }

  /** Reads the vectors of the space in use. */
  get reader(): VectorReader {
    return this.#readerOf(this.#active);
  }

  #readerOf(table: LmdbVectorTable): VectorReader {
    const { read } = this.#parts;
    return {
      get: (frames) => read(() => table.getMany(frames)),
      page: (after, count) => read(() => table.page(after, count)),
    };
  }

  choice(): Promise<ModelChoice | undefined> {
    return this.#parts.read(() => {
      const text = this.#parts.meta.get(choiceKey);
      return text === undefined ? undefined : (JSON.parse(String(text)) as ModelChoice);
    });
  }

  /** A frame may have been forgotten during its embedding. */
  #putKnown(table: LmdbVectorTable, embedded: readonly StoredEmbedding[]): void {
    for (const { frame, embedding } of embedded) if (this.#active.has(frame)) table.put(frame, embedding);
  }

  async activate(space: EmbeddingSpace, choice: ModelChoice | undefined): Promise<void> {
    const table = this.#table(space);
    await this.#parts.write('change the embedding space', () => {
      const [missing] = missingIn(table, this.#active, 0 as FrameId, 1);
      assert(missing === undefined, `frame ${missing} has no embedding of ${space.id}`);
      this.#parts.meta.putSync('space', space.id);
      if (choice === undefined) this.#parts.meta.removeSync(choiceKey);
      else this.#parts.meta.putSync(choiceKey, JSON.stringify(choice));
      this.#parts.onActivate();
    });
    this.#active = table;
  }

  async drop(space: EmbeddingSpace): Promise<void> {
    assert(space.id !== this.#active.space.id, 'the space that decisions use is not dropped');
    const table = this.#table(space);
    await this.#parts.write('drop an embedding space', () => {
      table.clear();
      this.#parts.meta.removeSync(prefix + space.id);
    });
  }

  /** Within a transaction, and from all spaces. */
  remove(frame: FrameId): void {
    for (const id of this.#ids()) this.#table({ id, dimensions: undefined }).remove(frame);
  }

  #table(space: KnownSpace): LmdbVectorTable {
    const database = this.#databases.get(space.id) ?? this.#parts.openDatabase(this.#nameOf(space.id));
    this.#databases.set(space.id, database);
    return new LmdbVectorTable(database, space);
  }

  /** A store of version 1 has a single database without a name. */
  #nameOf(id: string): string {
    const { meta } = this.#parts;
    return String(meta.get(prefix + id) ?? (meta.get('version') === 1 ? 'embeddings' : databaseOf(id)));
  }
}

export class LmdbVectorTable {
  readonly #database: VectorDatabase;
  readonly space: KnownSpace;

  constructor(database: VectorDatabase, space: KnownSpace) {
    this.#database = database;
    this.space = space;
  }

  get(frame: FrameId): Embedding | undefined {
    const bytes = this.#database.get(frame);
    return bytes && readEmbedding(bytes, this.space);
  }

  get count(): number {
    return this.#database.getKeysCount({ start: 1 });
  }

  has(frame: FrameId): boolean {
    return this.#database.doesExist(frame);
  }

  getMany(frames: readonly FrameId[]): Map<FrameId, Embedding> {
    const found = new Map<FrameId, Embedding>();
    for (const frame of frames) {
      const embedding = this.get(frame);
      if (embedding !== undefined) found.set(frame, embedding);
    }
    return found;
  }

  page(after: FrameId, count: number): StoredEmbedding[] {
    const rows = this.#database.getRange({ start: after + 1, limit: count });
    return Array.from(rows, ({ key, value }) => ({
      frame: key as FrameId,
      embedding: readEmbedding(value, this.space),
    }));
  }

  *framesAfter(frame: FrameId): Iterable<FrameId> {
    for (const key of this.#database.getKeys({ start: frame + 1 })) yield key as FrameId;
  }

  put(frame: FrameId, embedding: Embedding): void {
    this.#database.putSync(frame, packEmbedding(embedding));
  }

  remove(frame: FrameId): void {
    this.#database.removeSync(frame);
  }

  clear(): void {
    this.#database.clearSync();
  }
}

function missingIn(table: LmdbVectorTable, all: LmdbVectorTable, after: FrameId, count: number): FrameId[] {
  const missing: FrameId[] = [];
  for (const frame of all.framesAfter(after)) {
    if (!table.has(frame)) missing.push(frame);
    if (missing.length === count) break;
  }
  return missing;
}

/** The name of a new space's database. */
function databaseOf(id: string): string {
  return `embeddings-${createHash('sha256').update(id).digest('hex').slice(0, 12)}`;
}
