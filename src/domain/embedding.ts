import { assert } from '../lib/assert.ts';
import { agreement, type Cells } from './similarity/cells.ts';

/** A unit vector that stands for what a picture shows; some models tell of its places too. */
export type Embedding = Float32Array & { readonly brand: 'Embedding'; readonly cells?: Cells };

/** A model with its preprocessing. Embeddings of different spaces never meet. */
export interface EmbeddingSpace {
  /** Names the model file and all of its preprocessing; equal ids mean comparable embeddings. */
  readonly id: string;
  readonly dimensions: number;
}

const normTolerance = 1e-3;

/** Asserts what every embedding must be: finite, of the space's length, of norm 1. */
export function assertEmbedding(vector: Float32Array, space: EmbeddingSpace): asserts vector is Embedding {
  assert(
    vector.length === space.dimensions,
    `embedding has ${vector.length} of ${space.dimensions} values of space ${space.id}`,
  );
  // NaN fails this comparison too.
  assert(Math.abs(norm(vector) - 1) < normTolerance, `embedding is not a unit vector (norm ${norm(vector)})`);
}

/** What cells weigh beside the vector; decision 27. */
const cellsWeight = 1.3;

/**
 * How alike two pictures are, in [-1, 1]; higher is closer. The cosine of their vectors; where the model tells of places,
 * the weighted mean of that and of how far these agree.
 */
export function similarity(a: Embedding, b: Embedding): number {
  const whole = cosine(a, b);
  if (a.cells === undefined || b.cells === undefined) return whole;
  return rounded((whole + cellsWeight * agreement(a.cells, b.cells)) / (1 + cellsWeight));
}

/** What a model says of a picture depends, beyond the ninth decimal, on the others in the batch. */
function rounded(value: number): number {
  return Math.round(value * 2 ** 20) / 2 ** 20;
}

/** Of two unit vectors, in [-1, 1]: what an index goes by. */
export function cosine(a: Embedding, b: Embedding): number {
  assert(a.length === b.length, `embeddings of ${a.length} and ${b.length} dimensions do not compare`);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function norm(vector: Float32Array): number {
  let sum = 0;
  for (const value of vector) sum += value * value;
  return Math.sqrt(sum);
}
