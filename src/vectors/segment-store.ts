import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { FrameId } from '../domain/frame.ts';
import { assert } from '../lib/assert.ts';

/** Index segments as blobs in the store: chunks first, their manifest last, so that a segment is whole or absent. */
export interface SegmentStore {
  /** The segments of this identity that were saved, by id; what belongs to none of them is dropped. */
  list(identity: string): SegmentFacts[];
  /** Hands a file with the segment's bytes to `read`; false if the bytes are not those that were saved. */
  load(id: number, read: (path: string) => void): boolean;
  /** Lets `write` fill a file and keeps its bytes in place of those of the same id. */
  save(segment: SegmentFacts & { readonly identity: string }, write: (path: string) => void): void;
  /** Drops the segments from `id` on. */
  dropFrom(id: number): void;
}

export interface SegmentFacts {
  readonly id: number;
  readonly frames: number;
  readonly lastFrame: FrameId;
}

interface Manifest extends SegmentFacts {
  readonly identity: string;
  readonly generation: number;
  readonly chunks: number;
  readonly bytes: number;
  readonly crc32: number;
}

export interface Blobs {
  get(key: string): Buffer | undefined;
  put(key: string, value: Buffer): void;
  keys(prefix: string): string[];
  delete(keys: readonly string[]): void;
}

/** One transaction each; larger ones would hold up deciding. */
const chunkBytes = 4 * 2 ** 20;

/** `folder` holds the passing files that the index library reads and writes; it knows no other way. */
export function segmentStore(blobs: Blobs, folder: string): SegmentStore {
  mkdirSync(folder, { recursive: true });
  return new BlobSegments(blobs, folder);
}

class BlobSegments implements SegmentStore {
  readonly #blobs: Blobs;
  readonly #folder: string;

  constructor(blobs: Blobs, folder: string) {
    this.#blobs = blobs;
    this.#folder = folder;
  }

  list(identity: string): SegmentFacts[] {
    const manifests = this.#blobs.keys('segment/').map((key) => this.#manifest(key));
    const usable = manifests.filter((one) => one.identity === identity);
    this.#keepOnly(usable);
    return usable.sort((a, b) => a.id - b.id);
  }

  dropFrom(id: number): void {
    const manifests = this.#blobs.keys('segment/').map((key) => this.#manifest(key));
    this.#keepOnly(manifests.filter((one) => one.id < id));
  }

  /** A save that was cut short leaves chunks that no manifest names. */
  #keepOnly(manifests: readonly Manifest[]): void {
    const named = new Set(manifests.flatMap((one) => [manifestKey(one.id), ...chunkKeys(one)]));
    const all = [...this.#blobs.keys('segment/'), ...this.#blobs.keys('chunk/')];
    const unnamed = all.filter((key) => !named.has(key));
    if (unnamed.length > 0) this.#blobs.delete(unnamed);
  }

  load(id: number, read: (path: string) => void): boolean {
    const manifest = this.#manifest(manifestKey(id));
    const chunks = chunkKeys(manifest).map((key) => this.#blobs.get(key));
    if (chunks.includes(undefined)) return false;
    const bytes = Buffer.concat(chunks as Buffer[]);
    // The library ends the process on a damaged file: look first.
    if (bytes.length !== manifest.bytes || crc32(bytes) !== manifest.crc32) return false;
    this.#withFile((path) => {
      writeFileSync(path, bytes);
      read(path);
    });
    return true;
  }

  save(segment: SegmentFacts & { identity: string }, write: (path: string) => void): void {
    const bytes = this.#withFile((path) => {
      write(path);
      return readFileSync(path);
    });
    const key = manifestKey(segment.id);
    const before = this.#blobs.get(key) && this.#manifest(key);
    const manifest: Manifest = {
      ...segment,
      generation: (before?.generation ?? 0) + 1,
      chunks: Math.ceil(bytes.length / chunkBytes),
      bytes: bytes.length,
      crc32: crc32(bytes),
    };
    chunkKeys(manifest).forEach((chunk, i) => {
      this.#blobs.put(chunk, bytes.subarray(i * chunkBytes, (i + 1) * chunkBytes));
    });
    this.#blobs.put(key, Buffer.from(JSON.stringify(manifest)));
    if (before !== undefined) this.#blobs.delete(chunkKeys(before));
  }

  #withFile<T>(use: (path: string) => T): T {
    const path = join(this.#folder, 'segment');
    try {
      return use(path);
    } finally {
      rmSync(path, { force: true }); // what is mapped stays readable
    }
  }

  #manifest(key: string): Manifest {
    const bytes = this.#blobs.get(key);
    assert(bytes !== undefined, `no index segment ${key}`);
    return JSON.parse(bytes.toString('utf8')) as Manifest;
  }
}

function manifestKey(id: number): string {
  return `segment/${String(id).padStart(6, '0')}`;
}

function chunkKeys({ id, generation, chunks }: Manifest): string[] {
  return Array.from({ length: chunks }, (_, i) => `chunk/${id}/${generation}/${i}`);
}
