import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import type { EmbeddingSpace } from '../../../domain/embedding.ts';
import type { FrameId } from '../../../domain/frame.ts';
import type { BlobTable } from '../../store.ts';
import type { SegmentBlock } from './segment-plan.ts';

/** Metadata of a saved segment. Holds the frames after `after`, up to and including `last`. */
export interface SegmentFacts extends SegmentBlock {
  readonly after: FrameId;
  readonly last: FrameId;
  readonly frames: number;
}

interface Manifest extends SegmentFacts {
  readonly identity: string;
  readonly generation: number;
  readonly chunks: number;
  readonly bytes: number;
  readonly crc32: number;
}

/** Size of a chunk, one transaction each: larger transactions would delay decisions. */
const chunkBytes = 2 ** 20;

/** Chunks deleted per transaction. */
const deletedAtOnce = 16;

/**
 * Stores segments as blobs: chunks first, the manifest last. Therefore a segment is complete or absent. Each
 * embedding space has its own segments. `folder` holds temporary files, because the index library only reads
 * and writes files.
 */
export class SegmentStore {
  readonly #blobs: BlobTable;
  readonly #folder: string;
  readonly #prefix: string;
  /** Number of files so far, for unique names in the folder. */
  #files = 0;
  /** Bytes written to the store, for measurements. */
  writtenBytes = 0;

  constructor(blobs: BlobTable, folder: string, space: EmbeddingSpace) {
    this.#blobs = blobs;
    const key = createHash('sha256').update(space.id).digest('hex').slice(0, 12);
    this.#folder = join(folder, key);
    this.#prefix = `index/${key}/`;
    rmSync(this.#folder, { recursive: true, force: true });
    mkdirSync(this.#folder, { recursive: true });
  }

  /** Returns the segments saved with this identity. Deletes all other data of this space. */
  async list(identity: string): Promise<SegmentFacts[]> {
    const manifests = (await this.#manifests()).filter((one) => one.identity === identity);
    const named = new Set(manifests.flatMap((one) => [this.#manifestKey(one), ...this.#chunkKeys(one)]));
    const unnamed = (await this.#blobs.keys(this.#prefix)).filter((key) => !named.has(key));
    if (unnamed.length > 0) await this.#blobs.delete(unnamed);
    return manifests;
  }

  /** Copies the segment to a file and returns its path. Returns undefined if the bytes are damaged. */
  async read(block: SegmentBlock): Promise<string | undefined> {
    const manifest = await this.#manifest(this.#manifestKey(block));
    if (manifest === undefined) return undefined;
    const path = this.newFile();
    // The library ends the process on a damaged file: verify the checksum first.
    if (await this.#copyTo(path, manifest)) return path;
    rmSync(path, { force: true });
    return undefined;
  }

  async #copyTo(path: string, manifest: Manifest): Promise<boolean> {
    const file = openSync(path, 'w');
    try {
      let [bytes, sum] = [0, 0];
      for (const key of this.#chunkKeys(manifest)) {
        const chunk = await this.#blobs.get(key);
        if (chunk === undefined) return false;
        writeSync(file, chunk);
        bytes += chunk.length;
        sum = crc32(chunk, sum);
      }
      return bytes === manifest.bytes && sum === manifest.crc32;
    } finally {
      closeSync(file);
    }
  }

  /**
   * Replaces the saved bytes of the block, one chunk per turn of the event loop. A segment without frames has
   * no file.
   */
  async save(facts: SegmentFacts, identity: string, path: string | undefined): Promise<void> {
    const key = this.#manifestKey(facts);
    const before = await this.#manifest(key);
    const generation = (before?.generation ?? 0) + 1;
    const nothing = { chunks: 0, bytes: 0, crc32: 0 };
    const written = path === undefined ? nothing : await this.#putChunks({ ...facts, generation }, path);
    await this.#blobs.put(key, Buffer.from(JSON.stringify({ ...facts, identity, generation, ...written })));
    if (before !== undefined) await this.#delete(this.#chunkKeys(before));
  }

  async #putChunks(segment: SegmentBlock & { generation: number }, path: string) {
    const file = openSync(path, 'r');
    try {
      let [chunks, bytes, sum] = [0, 0, 0];
      for (; ; chunks++) {
        const buffer = Buffer.allocUnsafe(chunkBytes);
        const chunk = buffer.subarray(0, readSync(file, buffer, 0, chunkBytes, bytes));
        if (chunk.length === 0) break;
        await this.#blobs.put(this.#chunkKey(segment, chunks), chunk);
        bytes += chunk.length;
        sum = crc32(chunk, sum);
        await turn();
      }
      this.writtenBytes += bytes;
      return { chunks, bytes, crc32: sum };
    } finally {
      closeSync(file);
    }
  }

  async heldBytes(): Promise<number> {
    return (await this.#manifests()).reduce((sum, { bytes }) => sum + bytes, 0);
  }

  async drop(block: SegmentBlock): Promise<void> {
    const key = this.#manifestKey(block);
    const manifest = await this.#manifest(key);
    if (manifest !== undefined) await this.#delete([key, ...this.#chunkKeys(manifest)]);
  }

  async dropAll(): Promise<void> {
    await this.#delete(await this.#blobs.keys(this.#prefix));
  }

  /** Returns an unused path in the folder. */
  newFile(): string {
    return join(this.#folder, `segment-${++this.#files}`);
  }

  /** Deletes the manifest first: a crash leaves only orphaned chunks. */
  async #delete(keys: readonly string[]): Promise<void> {
    for (let i = 0; i < keys.length; i += deletedAtOnce) {
      await this.#blobs.delete(keys.slice(i, i + deletedAtOnce));
      await turn();
    }
  }

  async #manifests(): Promise<Manifest[]> {
    const keys = (await this.#blobs.keys(this.#prefix)).filter((key) => key.endsWith('/manifest'));
    const manifests = await Promise.all(keys.map((key) => this.#manifest(key)));
    return manifests.filter((one) => one !== undefined);
  }

  async #manifest(key: string): Promise<Manifest | undefined> {
    const bytes = await this.#blobs.get(key);
    return bytes && (JSON.parse(bytes.toString('utf8')) as Manifest);
  }

  #manifestKey({ level, start }: SegmentBlock): string {
    return `${this.#prefix}${level}-${start}/manifest`;
  }

  #chunkKeys(manifest: Manifest): string[] {
    return Array.from({ length: manifest.chunks }, (_, i) => this.#chunkKey(manifest, i));
  }

  #chunkKey({ level, start, generation }: SegmentBlock & { generation: number }, chunk: number): string {
    return `${this.#prefix}${level}-${start}/${generation}/${chunk}`;
  }
}
