import type { Embedding } from '../domain/embedding.ts';
import { seededRandom } from '../lib/random.ts';

export interface Plane {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

const rounds = 30;

/** Projects vectors to their first two principal components (power iteration). */
export function principalPlane(vectors: readonly Embedding[]): Plane {
  const dimensions = vectors[0]?.length ?? 0;
  const mean = meanOf(vectors, dimensions);
  const first = direction(vectors, mean, []);
  const second = direction(vectors, mean, [first]);
  return { x: along(vectors, mean, first), y: along(vectors, mean, second) };
}

function meanOf(vectors: readonly Embedding[], dimensions: number): Float64Array {
  const mean = new Float64Array(dimensions);
  for (const vector of vectors) addScaled(mean, vector, 1 / vectors.length);
  return mean;
}

/** Returns the direction of greatest variance perpendicular to `known`. */
function direction(vectors: readonly Embedding[], mean: Float64Array, known: readonly Float64Array[]) {
  const random = seededRandom(1);
  let found: Float64Array = Float64Array.from(mean, () => random.next() - 0.5);
  for (let round = 0; round < rounds; round++) {
    const next = new Float64Array(mean.length);
    const shares = along(vectors, mean, found);
    for (const [at, vector] of vectors.entries()) addScaled(next, vector, shares[at] as number);
    addScaled(next, mean, -shares.reduce((sum, share) => sum + share, 0));
    for (const other of known) addScaled(next, other, -dot(next, other));
    found = unit(next);
  }
  return found;
}

function along(vectors: readonly Embedding[], mean: Float64Array, axis: Float64Array): number[] {
  const origin = dot(mean, axis);
  return vectors.map((vector) => dot(vector, axis) - origin);
}

function unit(vector: Float64Array): Float64Array {
  const norm = Math.sqrt(dot(vector, vector)) || 1;
  return vector.map((value) => value / norm);
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function addScaled(target: Float64Array, vector: ArrayLike<number>, factor: number): void {
  for (let i = 0; i < target.length; i++) target[i] = (target[i] as number) + factor * (vector[i] as number);
}
