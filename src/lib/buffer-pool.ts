/** Gives a buffer of so many bytes, with anything in it. */
export type Allocate = (bytes: number) => Buffer;

/** For what is kept. */
export const allocate: Allocate = (bytes) => Buffer.allocUnsafeSlow(bytes);

const smallestBytes = 2 ** 20;

/** Larger ones are rare; nobody should hold them for the next that comes. */
const keptBytesMax = 16 * 2 ** 20;

/**
 * Buffers that serve again and again. They lie outside the heap, and yet the garbage collector works in proportion to
 * their bytes: with a fresh one for each picture it costs more than all decisions.
 */
export class BufferPool {
  readonly #free: Buffer[] = [];

  /** What `work` allocates goes to others when it ends: it must keep none of it. */
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
    this.#free.pop(); // too small: the new one takes its place
    return allocate(2 ** Math.ceil(Math.log2(Math.max(bytes, smallestBytes))));
  }
}
