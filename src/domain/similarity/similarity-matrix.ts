import { type Embedding, similarity } from '../embedding.ts';

export interface SimilarPair {
  readonly one: number;
  readonly other: number;
  readonly similarity: number;
}

/** All pairwise similarities of some elements. Needs 8 bytes for each ordered pair. */
export class SimilarityMatrix {
  readonly size: number;
  readonly #values: Float64Array;

  /** Takes embeddings, compared by their similarity, or a number of elements, all with similarity 0. */
  constructor(elements: readonly Embedding[] | number) {
    this.size = typeof elements === 'number' ? elements : elements.length;
    this.#values = new Float64Array(this.size * this.size);
    if (typeof elements === 'number') return;
    for (const [a, one] of elements.entries())
      for (let b = 0; b <= a; b++) this.#put(a, b, similarity(one, elements[b] as Embedding));
  }

  /** Creates a matrix of `size` elements: 1 on the diagonal, the similarities of `pairs`, 0 elsewhere. */
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

  /** Returns the similarities of element `a` with all elements, including itself. */
  row(a: number): Float64Array {
    return this.#values.subarray(a * this.size, (a + 1) * this.size);
  }

  at(a: number, b: number): number {
    return this.#values[a * this.size + b] as number;
  }
}
