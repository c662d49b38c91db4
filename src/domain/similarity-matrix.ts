import { type Embedding, similarity } from './embedding.ts';

/** The similarity of every two of some elements: 8 bytes for each pair in each direction. */
export class SimilarityMatrix {
  readonly size: number;
  readonly #values: Float64Array;

  constructor(embeddings: readonly Embedding[]) {
    this.size = embeddings.length;
    this.#values = new Float64Array(this.size * this.size);
    for (const [a, one] of embeddings.entries()) {
      for (let b = 0; b <= a; b++) {
        const value = similarity(one, embeddings[b] as Embedding);
        this.#values[a * this.size + b] = value;
        this.#values[b * this.size + a] = value;
      }
    }
  }

  /** The similarities of element `a` with all, itself included. */
  row(a: number): Float64Array {
    return this.#values.subarray(a * this.size, (a + 1) * this.size);
  }

  at(a: number, b: number): number {
    return this.#values[a * this.size + b] as number;
  }
}
