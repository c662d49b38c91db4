import type { Embedding } from '../src/domain/embedding.ts';
import { type Cells, cellsFrom, cellsMax, cellValues } from '../src/domain/similarity/cells.ts';
import { type Random, seededRandom } from '../src/lib/random.ts';

/**
 * Synthetic embeddings with the statistics of pictures: consecutive frames of a scene drift with the camera,
 * and some scenes show an earlier place. A few directions carry most of the variance, as in a trained model
 * (about 53 effective dimensions of 256).
 */
export class VectorStream {
  readonly #dimensions: number;
  readonly #random: Random;
  readonly #noise: Float32Array;
  readonly #places: Float32Array[] = [];
  #scene: Float32Array = new Float32Array();
  #drift: Float32Array = new Float32Array();
  #left = 0;
  readonly #cells: number;
  readonly #cellNoise: Int8Array = new Int8Array();
  /** Scene number of the last vector. */
  scene = 0;

  /** `cells`: number of cells per picture. */
  constructor(dimensions: number, seed: number, cells = 0) {
    this.#dimensions = dimensions;
    this.#random = seededRandom(seed);
    this.#noise = noiseOf(dimensions, this.#random);
    this.#cells = cells;
    if (cells > 0) this.#cellNoise = cellNoiseOf(this.#random);
  }

  next(): Embedding {
    if (this.#left === 0) this.#turn();
    this.#left--;
    this.#drift = mixed([0.95, this.#drift], [0.3, this.#draw()]);
    const vector = mixed([1, this.#scene], [0.4, this.#drift], [0.25, this.#draw()]) as Embedding;
    return this.#cells === 0 ? vector : Object.assign(vector, { cells: this.#drawCells() });
  }

  /** Two thirds of the cells are shared with the scene's other pictures. */
  #drawCells(): Cells {
    const from = (this.scene * cellValues * 37) % cellNoiseLength;
    const cells = this.#cellNoise.slice(from, from + this.#cells * cellValues);
    for (let at = 0; at < this.#cells; at++)
      if (this.#random.next() < 1 / 3) {
        const other = cellValues * this.#random.below(cellNoiseLength / cellValues);
        cells.set(this.#cellNoise.subarray(other, other + cellValues), at * cellValues);
      }
    return cells;
  }

  /** Starts a scene: at a new place, or at an earlier one. */
  #turn(): void {
    this.scene++;
    this.#left = 5 + this.#random.below(sceneFramesMax);
    const isKnown = this.#places.length > 0 && this.#random.next() < revisitRate;
    const place = isKnown ? this.#random.pick(this.#places) : this.#draw();
    if (!isKnown) this.#places.push(place);
    this.#scene = mixed([0.8, place], [0.6, this.#draw()]);
    this.#drift = this.#draw();
  }

  /**
   * Returns a unit vector, cut from a long table of noise: drawing 256 numbers for a million vectors would
   * take minutes.
   */
  #draw(): Float32Array {
    const at = this.#dimensions * this.#random.below(tableRows);
    return mixed(
      [1, this.#noise.subarray(at, at + this.#dimensions)],
      [this.#random.next() - 0.5, this.#row()],
      [this.#random.next() - 0.5, this.#row()],
    );
  }

  #row(): Float32Array {
    const at = this.#dimensions * this.#random.below(tableRows);
    return this.#noise.subarray(at, at + this.#dimensions);
  }
}

const sceneFramesMax = 70;
const revisitRate = 0.3;
const tableRows = 1 << 14;
const decay = 0.4;
const cellNoiseLength = cellValues << 14;

/** Longer than its nominal length by one picture: a picture's cells may start anywhere. */
function cellNoiseOf(random: Random): Int8Array {
  const values = Float32Array.from({ length: cellNoiseLength + cellsMax * cellValues }, () => normal(random));
  return cellsFrom(values);
}

function noiseOf(dimensions: number, random: Random): Float32Array {
  const noise = new Float32Array(tableRows * dimensions);
  for (let i = 0; i < noise.length; i++) noise[i] = normal(random) / (1 + (i % dimensions)) ** decay;
  return noise;
}

/** Box-Muller transform. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

/** Returns the weighted sum, normalised. */
function mixed(...parts: readonly (readonly [number, Float32Array])[]): Float32Array {
  const sum = new Float32Array(parts[0]?.[1].length ?? 0);
  for (const [weight, vector] of parts)
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + weight * (vector[i] as number);
  let square = 0;
  for (const value of sum) square += value * value;
  const scale = 1 / Math.sqrt(square);
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) * scale;
  return sum;
}
