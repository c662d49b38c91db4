/** Disjoint sets of elements (union by size, path halving). */
export class DisjointSets {
  readonly #parent: number[];
  readonly #sizes: number[];

  constructor(elements: number) {
    this.#parent = Array.from({ length: elements }, (_, element) => element);
    this.#sizes = new Array(elements).fill(1);
  }

  /** Returns the representative of the set of `element`. */
  root(element: number): number {
    let at = element;
    for (;;) {
      const parent = this.#parent[at] as number;
      if (parent === at) return at;
      at = this.#parent[at] = this.#parent[parent] as number;
    }
  }

  /** Merges two sets. Returns the root of the larger set. */
  join(a: number, b: number): number {
    const [one, other] = [this.root(a), this.root(b)];
    if (one === other) return one;
    const [large, small] = this.sizeOf(one) < this.sizeOf(other) ? [other, one] : [one, other];
    this.#parent[small] = large;
    this.#sizes[large] = this.sizeOf(large) + this.sizeOf(small);
    return large;
  }

  /** Returns the size of the set with this root. */
  sizeOf(root: number): number {
    return this.#sizes[root] as number;
  }
}
