import { assert } from '../lib/assert.ts';
import { agreement, type Cells } from './similarity/cells.ts';

/** A unit vector that describes a picture. Some models also describe cells of the picture. */
export type Embedding = Float32Array & { readonly brand: 'Embedding'; readonly cells?: Cells };

/** A model with its preprocessing. Embeddings of different spaces are never compared. */
export interface EmbeddingSpace {
  /** Names the model file and all of its preprocessing. Equal ids mean comparable embeddings. */
  readonly id: string;
  readonly dimensions: number;
}

const normTolerance = 1e-3;

/** Asserts that the vector is an embedding of the space: finite, of the right length, of norm 1. */
export function assertEmbedding(vector: Float32Array, space: EmbeddingSpace): asserts vector is Embedding {
  assert(
    vector.length === space.dimensions,
    `embedding has ${vector.length} of ${space.dimensions} values of space ${space.id}`,
  );
  // NaN fails this comparison too.
  assert(Math.abs(norm(vector) - 1) < normTolerance, `embedding is not a unit vector (norm ${norm(vector)})`);
}

/** Weight of the cells relative to the vector; decision 27. */
const cellsWeight = 1.3;

/**
 * Returns the similarity of two pictures in [-1, 1]; higher is closer. This is the cosine of their vectors.
 * For models with cells: the weighted mean of the cosine and the agreement of cells.
 */
export function similarity(a: Embedding, b: Embedding): number {
  const whole = cosine(a, b);
  if (a.cells === undefined || b.cells === undefined) return whole;
  return rounded((whole + cellsWeight * agreement(a.cells, b.cells)) / (1 + cellsWeight));
}

/** Beyond the ninth decimal, a model's output depends on the other pictures in the batch. */
function rounded(value: number): number {
  return Math.round(value * 2 ** 20) / 2 ** 20;
}

/** Returns the cosine of two unit vectors, in [-1, 1]: the measure of every index. */
export function cosine(a: Embedding, b: Embedding): number {
  assert(a.length === b.length, `embeddings of ${a.length} and ${b.length} dimensions cannot be compared`);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function norm(vector: Float32Array): number {
  let sum = 0;
  for (const value of vector) sum += value * value;
  return Math.sqrt(sum);
}
