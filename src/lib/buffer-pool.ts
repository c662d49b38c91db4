/** Returns an uninitialised buffer of `bytes` bytes. */
export type Allocate = (bytes: number) => Buffer;

/** Allocates a buffer outside of any pool. */
export const allocate: Allocate = (bytes) => Buffer.allocUnsafeSlow(bytes);

const smallestBytes = 2 ** 20;

/** Larger buffers are rare and not kept. */
const keptBytesMax = 16 * 2 ** 20;

/**
 * A pool of reusable buffers. Buffers lie outside the heap, but cost garbage collection in proportion to
 * their bytes: a new buffer per picture would cost more than all decisions.
 */
export class BufferPool {
  readonly #free: Buffer[] = [];

  /**
   * Runs `work` with pooled buffers. `work` must not keep a buffer after its end: other work reuses the
   * buffers.
   */
  async lend<T>(work: (allocate: Allocate) => Promise<T>): Promise<T> {
    const lent: Buffer[] = [];
    try {
      return await work((bytes) => {
        const buffer = this.#take(bytes);
        lent.push(buffer);
        return buffer.subarray(0, bytes);
      });
    } finally {
      this.#free.push(...lent.filter(({ length }) => length <= keptBytesMax));
    }
  }

  #take(bytes: number): Buffer {
    const fits = this.#free.findIndex(({ length }) => length >= bytes);
    if (fits >= 0) return this.#free.splice(fits, 1)[0] as Buffer;
    this.#free.pop(); // too small: the new buffer replaces it
    return allocate(2 ** Math.ceil(Math.log2(Math.max(bytes, smallestBytes))));
  }
}
