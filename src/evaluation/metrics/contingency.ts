import { assert } from '../../lib/assert.ts';

export type Label = string | number;

/** Number of elements shared by a true and a predicted group; never 0. */
export interface Cell {
  /** Positions in `truthSizes` and `predictedSizes`. */
  readonly truth: number;
  readonly predicted: number;
  readonly shared: number;
}

/** The contingency table of two groupings of the same elements. Holds non-empty cells only. */
export interface Contingency {
  readonly elements: number;
  /** Labels of the true groups, in the order of `truthSizes`. */
  readonly truthLabels: readonly Label[];
  readonly truthSizes: readonly number[];
  readonly predictedSizes: readonly number[];
  readonly cells: readonly Cell[];
}

/** Cross-tabulates two parallel arrays: element i belongs to `truth[i]` and was put into `predicted[i]`. */
export function crossTabulate(truth: readonly Label[], predicted: readonly Label[]): Contingency {
  assert(
    truth.length === predicted.length,
    `${truth.length} true labels, ${predicted.length} predicted ones`,
  );
  const [rows, columns] = [numbered(truth), numbered(predicted)];
  const shared = new Map<number, number>();
  for (let i = 0; i < truth.length; i++) {
    // A single number per cell: exact while rows × columns stays below 2^53.
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

/** Numbers the labels from 0 in order of appearance, with the count of each. */
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
