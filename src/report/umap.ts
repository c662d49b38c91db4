import { UMAP } from 'umap-js';
import { cosine, type Embedding } from '../domain/embedding.ts';
import { seededRandom } from '../lib/random.ts';
import type { PlaneMap } from './page-data.ts';
import { rounded } from './pair-figures.ts';
import { type Plane, principalPlane } from './principal-components.ts';

/** UMAP takes 2 s per 1,000 frames on one core: more would take too long. */
const umapFramesMax = 5_000;
/** Fewer frames have no neighbourhoods. */
const umapFramesMin = 8;
const neighbours = 15;

/** Projects vectors to a plane, similar vectors close together. Equal input gives equal results. */
export function planeMap(vectors: readonly Embedding[], framesMax = umapFramesMax): PlaneMap {
  const isUmap = vectors.length >= umapFramesMin && vectors.length <= framesMax;
  const plane = isUmap ? umapPlane(vectors) : principalPlane(vectors);
  return { method: isUmap ? 'UMAP' : 'PCA', x: spread(plane.x), y: spread(plane.y) };
}

function umapPlane(vectors: readonly Embedding[]): Plane {
  const random = seededRandom(1);
  const umap = new UMAP({
    nNeighbors: Math.min(neighbours, vectors.length - 1),
    minDist: 0.15,
    random: random.next,
    distanceFn: (a, b) => 1 - cosine(a as unknown as Embedding, b as unknown as Embedding),
  });
  const places = umap.fit(vectors as unknown as number[][]);
  return { x: places.map(([x = 0]) => x), y: places.map(([, y = 0]) => y) };
}

/**
 * Scales to [0, 1], half by value and half by rank. Distances between clusters mean nothing: an outlier must
 * not squeeze all other points together. The order along each axis is kept.
 */
function spread(values: readonly number[]): number[] {
  const ranks = new Array<number>(values.length);
  const order = Array.from(values.keys()).sort(
    (a, b) => (values[a] as number) - (values[b] as number) || a - b,
  );
  for (const [rank, at] of order.entries()) ranks[at] = rank / Math.max(1, values.length - 1);
  return withinUnit(values).map((value, at) => rounded((value + (ranks[at] as number)) / 2, 4));
}

function withinUnit(values: readonly number[]): number[] {
  const low = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const high = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  return values.map((value) => (high > low ? (value - low) / (high - low) : 0.5));
}
