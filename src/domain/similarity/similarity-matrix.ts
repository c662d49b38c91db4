import { type Embedding, similarity } from '../embedding.ts';

export interface SimilarPair {
  readonly one: number;
  readonly other: number;
  readonly similarity: number;
}

/** The similarity of every two of some elements: 8 bytes for each pair in each direction. */
export class SimilarityMatrix {
  readonly size: number;
  readonly #values: Float64Array;

  /** Of vectors, by their cosine; or of so many elements that have nothing in common yet. */
  constructor(elements: readonly Embedding[] | number) {
    this.size = typeof elements === 'number' ? elements : elements.length;
    this.#values = new Float64Array(this.size * this.size);
    if (typeof elements === 'number') return;
    for (const [a, one] of elements.entries())
      for (let b = 0; b <= a; b++) this.#put(a, b, similarity(one, elements[b] as Embedding));
  }

  /** Of `size` elements that are 1 to themselves, and 0 to all others but those of `pairs`. */
  static ofPairs(size: number, pairs: Iterable<SimilarPair>): SimilarityMatrix {
    const matrix = new SimilarityMatrix(size);
    for (let a = 0; a < size; a++) matrix.#put(a, a, 1);
    for (const { one, other, similarity: value } of pairs) matrix.#put(one, other, value);
    return matrix;
  }

  #put(a: number, b: number, value: number): void {
    this.#values[a * this.size + b] = value;
    this.#values[b * this.size + a] = value;
  }

  /** The similarities of element `a` with all, itself included. */
  row(a: number): Float64Array {
    return this.#values.subarray(a * this.size, (a + 1) * this.size);
  }

  at(a: number, b: number): number {
    return this.#values[a * this.size + b] as number;
  }
}
