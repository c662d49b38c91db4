import type { Embedding, EmbeddingSpace } from '../../src/domain/embedding.ts';
import { type Random, seededRandom } from '../../src/lib/random.ts';

export function spaceOf(dimensions: number): EmbeddingSpace {
  return { id: `test@1+${dimensions}`, dimensions };
}

/** A unit vector of random direction. */
export function randomEmbedding(random: Random, dimensions: number): Embedding {
  return unit(Float32Array.from({ length: dimensions }, () => normal(random)));
}

/**
 * Unit vectors around common centres, like embeddings of pictures; `spread` is the noise's length relative to
 * the centre's.
 */
export function clusteredEmbeddings(
  count: number,
  { dimensions = 32, clusters = 20, spread = 0.6, seed = 1 } = {},
): Embedding[] {
  const random = seededRandom(seed);
  const centres = Array.from({ length: clusters }, () => randomEmbedding(random, dimensions));
  const scale = spread / Math.sqrt(dimensions);
  return Array.from({ length: count }, () => {
    const centre = random.pick(centres);
    return unit(centre.map((value) => value + scale * normal(random)));
  });
}

export function unit(vector: Float32Array): Embedding {
  const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return vector.map((value) => value / norm) as Embedding;
}

/** Box-Muller transform. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}
