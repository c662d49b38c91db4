import { type Embedding, similarity } from '../embedding.ts';
import { SimilarityMatrix } from '../similarity/similarity-matrix.ts';

/** 0 or 1. */
export type Side = 0 | 1;

export interface Halves {
  /** The side of each embedding that was given. */
  readonly sides: readonly Side[];
  /** The side of any other: that of the most similar of those that were given. */
  readonly sideOf: (embedding: Embedding) => Side;
  /** Mean similarity of two of one side, and of two of different sides. */
  readonly within: number;
  readonly between: number;
}

/**
 * The two parts that hold together by the weakest link only: of the links by which each embedding hangs on those that are most
 * like it, the least similar one is cut (single linkage; Gower, Ross 1969). Undefined for fewer than two.
 */
export function bisect(embeddings: readonly Embedding[]): Halves | undefined {
  if (embeddings.length < 2) return undefined;
  const matrix = new SimilarityMatrix(embeddings);
  const sides = sidesOf(matrix);
  const sideOf = (embedding: Embedding) => {
    const alike = embeddings.map((one) => similarity(one, embedding));
    return sides[alike.indexOf(Math.max(...alike))] as Side;
  };
  return { sides, sideOf, ...contrastOf(matrix, sides) };
}

/** Each element with the one of those before it that it hangs on, in the order in which they hang themselves on (Prim 1957). */
function linksOf(matrix: SimilarityMatrix): Link[] {
  const links: Link[] = [];
  const loose = new Map(Array.from({ length: matrix.size - 1 }, (_, at) => [at + 1, 0]));
  while (loose.size > 0) {
    let next: Link | undefined;
    for (const [element, on] of loose) {
      const alike = matrix.at(element, on);
      if (next === undefined || alike > next.similarity) next = { element, on, similarity: alike };
    }
    const { element } = next as Link;
    links.push(next as Link);
    loose.delete(element);
    for (const [other, on] of loose)
      if (matrix.at(other, element) > matrix.at(other, on)) loose.set(other, element);
  }
  return links;
}

interface Link {
  readonly element: number;
  readonly on: number;
  readonly similarity: number;
}

function sidesOf(matrix: SimilarityMatrix): Side[] {
  const links = linksOf(matrix);
  const weakest = links.reduce((least, link) => (link.similarity < least.similarity ? link : least));
  const sides: Side[] = [0];
  for (const link of links) sides[link.element] = link === weakest ? 1 : (sides[link.on] as Side);
  return sides;
}

function contrastOf(matrix: SimilarityMatrix, sides: readonly Side[]): Pick<Halves, 'within' | 'between'> {
  const [within, between] = [new Mean(), new Mean()];
  for (let a = 0; a < matrix.size; a++)
    for (let b = 0; b < a; b++) (sides[a] === sides[b] ? within : between).add(matrix.at(a, b));
  return { within: within.value, between: between.value };
}

class Mean {
  #sum = 0;
  #count = 0;

  add(value: number): void {
    this.#sum += value;
    this.#count++;
  }

  /** 0 of nothing. */
  get value(): number {
    return this.#sum / Math.max(1, this.#count);
  }
}
