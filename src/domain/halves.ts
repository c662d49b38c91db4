import { type Embedding, similarity } from './embedding.ts';

/** 0 or 1. */
export type Side = number;

export interface Halves {
  /** The side of each embedding that was given. */
  readonly sides: readonly Side[];
  /** The side of any other. */
  readonly sideOf: (embedding: Embedding) => Side;
}

const roundsMax = 8;

/**
 * The two parts into which embeddings fall if they must: those about the two that are least alike, each embedding then
 * with the part that it resembles more on average, until none changes its side (2-means by inner product; Lloyd 1982).
 * Undefined for fewer than two, and where all are the same.
 */
export function inHalves(embeddings: readonly Embedding[]): Halves | undefined {
  const seeds = leastAlike(embeddings);
  if (seeds === undefined) return undefined;
  let sideOf = nearerTo(seeds);
  let sides = embeddings.map(sideOf);
  for (let round = 0; round < roundsMax; round++) {
    const parts = [0, 1].map((side) => embeddings.filter((_, at) => sides[at] === side));
    const nextOf = nearerTo(parts.map(meanOf));
    const next = embeddings.map(nextOf);
    if (new Set(next).size < 2) break;
    const isSettled = next.every((side, at) => side === sides[at]);
    [sides, sideOf] = [next, nextOf];
    if (isSettled) break;
  }
  return new Set(sides).size < 2 ? undefined : { sides, sideOf };
}

function leastAlike(embeddings: readonly Embedding[]): readonly Embedding[] | undefined {
  let [seeds, least]: [readonly Embedding[] | undefined, number] = [undefined, Number.POSITIVE_INFINITY];
  for (const [at, one] of embeddings.entries()) {
    for (const other of embeddings.slice(at + 1)) {
      const alike = similarity(one, other);
      if (alike < least) [seeds, least] = [[one, other], alike];
    }
  }
  return seeds;
}

/** The first of equals. */
function nearerTo([one, other]: readonly Float32Array[]): (embedding: Embedding) => Side {
  return (embedding) => Number(dot(embedding, other as Float32Array) > dot(embedding, one as Float32Array));
}

function meanOf(embeddings: readonly Embedding[]): Float32Array {
  const mean = new Float32Array(embeddings[0]?.length ?? 0);
  for (const embedding of embeddings)
    for (let i = 0; i < mean.length; i++)
      mean[i] = (mean[i] as number) + (embedding[i] as number) / embeddings.length;
  return mean;
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
