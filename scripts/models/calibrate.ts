import type { Calibration } from '../../src/domain/calibration.ts';
import { type Embedding, similarity } from '../../src/domain/embedding.ts';
import { seededRandom } from '../../src/lib/random.ts';

const shuffles = 30;
const points = 26;

interface Join {
  readonly similarity: number;
  readonly right: boolean;
}

/**
 * Plain online nearest-neighbour joining in many random orders: how often was a join of some similarity right, and how
 * often were all joins from there on?
 */
export function calibrate(embeddings: readonly Embedding[], groups: readonly string[]): Calibration {
  const joins = allJoins(embeddings, groups).sort((a, b) => a.similarity - b.similarity);
  const [smooth, share] = [rising(joins), shareFrom(joins)];
  const curve = quantiles(joins).map((at) => ({
    ...at,
    probability: smooth[at.join],
    precision: share[at.join],
  }));
  return thinned(curve as Point[]);
}

function allJoins(embeddings: readonly Embedding[], groups: readonly string[]): Join[] {
  const table = embeddings.map((a) => Float32Array.from(embeddings, (b) => similarity(a, b)));
  const places = Array.from(embeddings.keys());
  return Array.from({ length: shuffles }, (_, seed) => seed).flatMap((seed) =>
    joinsOf(seededRandom(seed).shuffled(places), table, groups),
  );
}

function joinsOf(
  order: readonly number[],
  table: readonly Float32Array[],
  groups: readonly string[],
): Join[] {
  return order.slice(1).map((picture, position) => {
    const row = table[picture] as Float32Array;
    let nearest = order[0] as number;
    for (let i = 1; i <= position; i++) {
      const other = order[i] as number;
      if ((row[other] as number) > (row[nearest] as number)) nearest = other;
    }
    return { similarity: row[nearest] as number, right: groups[picture] === groups[nearest] };
  });
}

/** Isotonic regression: neighbouring blocks whose means fall are pooled until all rise. */
function rising(joins: readonly Join[]): number[] {
  const blocks: { sum: number; count: number }[] = [];
  for (const { right } of joins) {
    let block = { sum: Number(right), count: 1 };
    for (
      let last = blocks.at(-1);
      last && last.sum * block.count >= block.sum * last.count;
      last = blocks.at(-1)
    ) {
      block = { sum: block.sum + last.sum, count: block.count + last.count };
      blocks.pop();
    }
    blocks.push(block);
  }
  return blocks.flatMap(({ sum, count }) => Array<number>(count).fill(sum / count));
}

/** Of the joins from each one on, the share that is right. */
function shareFrom(joins: readonly Join[]): number[] {
  const shares: number[] = [];
  let right = 0;
  for (let i = joins.length - 1; i >= 0; i--) {
    right += Number(joins[i]?.right);
    shares[i] = right / (joins.length - i);
  }
  return shares;
}

/** Places along the joins that lie ever closer together towards the highest similarity. */
function quantiles(joins: readonly Join[]) {
  return Array.from({ length: points }, (_, i) => {
    const above = 0.999 * (0.01 / 0.999) ** (i / (points - 1));
    const join = Math.min(joins.length - 1, Math.floor((1 - above) * joins.length));
    return { join, similarity: joins[join]?.similarity ?? 0 };
  });
}

interface Point {
  readonly similarity: number;
  readonly probability: number;
  readonly precision: number;
}

/** Rounded, never falling, and without points that say nothing new. */
function thinned(curve: readonly Point[]): Calibration {
  const kept: Point[] = [];
  for (const point of curve) {
    const last = kept.at(-1) ?? { similarity: -1, probability: 0, precision: 0 };
    const next = {
      similarity: round(point.similarity),
      probability: Math.max(round(point.probability), last.probability),
      precision: Math.max(round(point.precision), last.precision),
    };
    if (next.similarity > last.similarity && next.precision - last.precision > 1e-4) kept.push(next);
  }
  return {
    similarity: kept.map((point) => point.similarity),
    probability: kept.map((point) => point.probability),
    precision: kept.map((point) => point.precision),
  };
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
