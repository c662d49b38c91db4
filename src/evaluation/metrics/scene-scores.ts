import { type Cell, type Contingency, crossTabulate, type Label } from './contingency.ts';

/** The scores of one true group. */
export interface SceneScore {
  readonly scene: Label;
  readonly pictures: number;
  /** BCubed, averaged over the scene's pictures. */
  readonly precision: number;
  readonly recall: number;
  /** Sizes of the scene's pieces in predicted groups, largest first; a single number if it was not split. */
  readonly pieces: readonly number[];
  /** Scenes that share a predicted group with this scene, most shared pictures first. */
  readonly mergedWith: readonly { readonly scene: Label; readonly pictures: number }[];
}

/** Returns the scores of each true group, in order of appearance in `truth`. */
export function scoreScenes(truth: readonly Label[], predicted: readonly Label[]): SceneScore[] {
  const table = crossTabulate(truth, predicted);
  const [ofScene, ofGroup] = [
    gather(table.cells, ({ truth: scene }) => scene),
    gather(table.cells, ({ predicted: group }) => group),
  ];
  return table.truthLabels.map((scene, row) => {
    const cells = (ofScene.get(row) ?? []).toSorted((a, b) => b.shared - a.shared);
    return { scene, ...shares(cells, table), mergedWith: mergedScenes(row, cells, ofGroup, table) };
  });
}

function shares(cells: readonly Cell[], { predictedSizes }: Contingency) {
  const pieces = cells.map(({ shared }) => shared);
  const pictures = sum(pieces);
  const right = cells.map(({ shared, predicted }) => shared ** 2 / (predictedSizes[predicted] as number));
  const kept = pieces.map((shared) => shared ** 2 / pictures);
  return { pictures, precision: sum(right) / pictures, recall: sum(kept) / pictures, pieces };
}

function mergedScenes(
  row: number,
  cells: readonly Cell[],
  ofGroup: ReadonlyMap<number, readonly Cell[]>,
  { truthLabels }: Contingency,
) {
  const pictures = new Map<number, number>();
  for (const { predicted } of cells) {
    for (const { truth, shared } of ofGroup.get(predicted) ?? [])
      if (truth !== row) pictures.set(truth, (pictures.get(truth) ?? 0) + shared);
  }
  return Array.from(pictures, ([truth, count]) => ({
    scene: truthLabels[truth] as Label,
    pictures: count,
  })).sort((a, b) => b.pictures - a.pictures);
}

function gather(cells: readonly Cell[], key: (cell: Cell) => number): Map<number, Cell[]> {
  const gathered = new Map<number, Cell[]>();
  for (const cell of cells) {
    const some = gathered.get(key(cell));
    if (some === undefined) gathered.set(key(cell), [cell]);
    else some.push(cell);
  }
  return gathered;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
