import { assert } from '../../lib/assert.ts';

export type Label = string | number;

/** How many elements one true group and one predicted group share; never 0. */
export interface Cell {
  /** Positions in `truthSizes` and `predictedSizes`. */
  readonly truth: number;
  readonly predicted: number;
  readonly shared: number;
}

/** Two groupings of the same elements, crossed; only cells that share something are kept. */
export interface Contingency {
  readonly elements: number;
  /** The true groups' labels, in the order of `truthSizes`. */
  readonly truthLabels: readonly Label[];
  readonly truthSizes: readonly number[];
  readonly predictedSizes: readonly number[];
  readonly cells: readonly Cell[];
}

/** Crosses two parallel arrays: element i is truly in `truth[i]` and was put into `predicted[i]`. */
export function crossTabulate(truth: readonly Label[], predicted: readonly Label[]): Contingency {
  assert(
    truth.length === predicted.length,
    `${truth.length} true labels, ${predicted.length} predicted ones`,
  );
  const [rows, columns] = [numbered(truth), numbered(predicted)];
  const shared = new Map<number, number>();
  for (let i = 0; i < truth.length; i++) {
    // One number per cell: exact as long as rows × columns stays below 2^53.
    count(shared, (rows.of[i] as number) * columns.sizes.length + (columns.of[i] as number));
  }
  return {
    elements: truth.length,
    truthLabels: rows.labels,
    truthSizes: rows.sizes,
    predictedSizes: columns.sizes,
    cells: cellsOf(shared, columns.sizes.length),
  };
}

interface Numbered {
  readonly of: readonly number[];
  readonly sizes: readonly number[];
  readonly labels: readonly Label[];
}

/** Labels as numbers from 0 in order of appearance, and how often each appears. */
function numbered(labels: readonly Label[]): Numbered {
  const numbers = new Map<Label, number>();
  const sizes: number[] = [];
  const of = labels.map((label) => {
    const number = numbers.get(label) ?? numbers.size;
    numbers.set(label, number);
    sizes[number] = (sizes[number] ?? 0) + 1;
    return number;
  });
  return { of, sizes, labels: [...numbers.keys()] };
}

function count(counts: Map<number, number>, key: number): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function cellsOf(shared: ReadonlyMap<number, number>, columns: number): Cell[] {
  return Array.from(shared, ([key, times]) => ({
    truth: Math.floor(key / columns),
    predicted: key % columns,
    shared: times,
  }));
}
