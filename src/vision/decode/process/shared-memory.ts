import { closeSync, existsSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { type Allocate, allocate } from '../../../lib/buffer-pool.ts';

/** Bytes for another process: in the message itself, or in the shared buffer of both processes. */
export type Payload = { readonly bytes: Uint8Array } | { readonly inSharedBuffer: number };

/** Larger pictures are rare, and containers have little shared memory. */
const payloadBytesMax = 8 * 2 ** 20;
const sharedMemory = '/dev/shm';

/**
 * An unnamed file in shared memory; both processes use it in turn. Transfers half a megabyte in a tenth of
 * the time of a pipe. Without shared memory, or without room, the bytes travel in the message.
 */
export class SharedBuffer {
  #descriptor: number | undefined;

  constructor(descriptor: number | undefined) {
    this.#descriptor = descriptor;
  }

  get descriptor(): number | undefined {
    return this.#descriptor;
  }

  put(bytes: Uint8Array): Payload {
    return bytes.length <= payloadBytesMax && this.#isWritten(bytes)
      ? { inSharedBuffer: bytes.length }
      : { bytes };
  }

  take(payload: Payload, room: Allocate = allocate): Buffer {
    if ('bytes' in payload) {
      const { buffer, byteOffset, byteLength } = payload.bytes;
      return Buffer.from(buffer, byteOffset, byteLength);
    }
    const bytes = room(payload.inSharedBuffer);
    for (let at = 0; at < bytes.length; )
      at += readSync(this.#descriptor as number, bytes, at, bytes.length - at, at);
    return bytes;
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #isWritten(bytes: Uint8Array): boolean {
    if (this.#descriptor === undefined) return false;
    try {
      return writeSync(this.#descriptor, bytes, 0, bytes.length, 0) === bytes.length;
    } catch {
      return false;
    }
  }
}

/** Opens a buffer that no other program can find. */
export function openSharedBuffer(): SharedBuffer {
  if (!existsSync(sharedMemory)) return new SharedBuffer(undefined);
  const path = `${sharedMemory}/framesort-${process.pid}-${Math.random().toString(36).slice(2)}`;
  try {
    const descriptor = openSync(path, 'wx+', 0o600);
    unlinkSync(path);
    return new SharedBuffer(descriptor);
  } catch {
    return new SharedBuffer(undefined);
  }
}
