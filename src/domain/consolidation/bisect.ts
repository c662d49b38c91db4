import { type Embedding, similarity } from '../embedding.ts';
import { SimilarityMatrix } from '../similarity/similarity-matrix.ts';

/** Index of a half: 0 or 1. */
export type Side = 0 | 1;

export interface Halves {
  /** The half of each given embedding. */
  readonly sides: readonly Side[];
  /** Returns the half of any other embedding: the half of the most similar given embedding. */
  readonly sideOf: (embedding: Embedding) => Side;
  /** Mean similarity of two embeddings in the same half, and in different halves. */
  readonly within: number;
  readonly between: number;
}

/**
 * Splits the embeddings at the weakest link of their maximum spanning tree (single linkage; Gower, Ross
 * 1969). Returns undefined for fewer than two embeddings.
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

/**
 * Returns the links of the maximum spanning tree in the order of attachment (Prim 1957). Each link attaches
 * an element to an earlier one.
 */
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

  /** 0 if there are no values. */
  get value(): number {
    return this.#sum / Math.max(1, this.#count);
  }
}
