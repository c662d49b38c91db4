import type { Contingency } from './contingency.ts';

/** The user's work to restore the true groups. */
export interface MovesToFix {
  /** Single files moved to another folder, or to a new folder. */
  readonly moves: number;
  /** Whole folders merged into another folder, whatever their size. */
  readonly merges: number;
  readonly total: number;
}

/**
 * Returns the fewest steps from the predicted to the true groups. A step moves a file to another folder (a
 * new folder costs nothing) or merges a whole folder into another. Folder names do not matter. Between 0
 * (equal groupings) and one step per element.
 *
 * Every folder keeps the files of one true group and loses the rest one by one. Folders with the same true
 * group are then merged. Keeping a largest share is always best: a smaller share costs at least a move more
 * and saves at most a merge. Only ties matter. Ties are broken to keep as many true groups as possible: a
 * maximum matching of folders and their largest groups.
 */
export function movesToFix(table: Contingency): MovesToFix {
  const best = bestShares(table);
  const kept = best.reduce((sum, { shared }) => sum + shared, 0);
  const homes = matchingSize(
    best.map(({ groups }) => groups),
    table.truthSizes.length,
  );
  const [moves, merges] = [table.elements - kept, best.length - homes];
  return { moves, merges, total: moves + merges };
}

interface Share {
  shared: number;
  /** The true groups with `shared` elements; several if they tie. */
  groups: number[];
}

/** Returns the largest true groups of each predicted group. */
function bestShares({ predictedSizes, cells }: Contingency): Share[] {
  const best = predictedSizes.map((): Share => ({ shared: 0, groups: [] }));
  for (const { truth, predicted, shared } of cells) {
    const share = best[predicted] as Share;
    if (shared > share.shared) best[predicted] = { shared, groups: [truth] };
    else if (shared === share.shared) share.groups.push(truth);
  }
  return best;
}

/** Returns the size of a maximum bipartite matching (augmenting paths, Kuhn 1955). */
function matchingSize(neighbours: readonly (readonly number[])[], rightCount: number): number {
  const partner = new Array<number>(rightCount).fill(unmatched);
  // Right nodes of a failed search cannot help later searches: they stay closed.
  const closed = new Set<number>();
  let size = 0;
  for (let left = 0; left < neighbours.length; left++) {
    const path = augmentingPath(left, neighbours, partner, closed);
    if (path === undefined) continue;
    for (const step of path) partner[step.right] = step.left;
    size++;
  }
  return size;
}

const unmatched = -1;

interface Step {
  readonly left: number;
  readonly right: number;
  /** The step that freed `left` from its former partner; undefined at the start of the path. */
  readonly before: Step | undefined;
}

/**
 * Returns the steps of an augmenting path from `start`. Without a path, closes all visited nodes and returns
 * undefined.
 */
function augmentingPath(
  start: number,
  neighbours: readonly (readonly number[])[],
  partner: readonly number[],
  closed: Set<number>,
): Step[] | undefined {
  const seen = new Set<number>();
  const waiting: { left: number; before: Step | undefined }[] = [{ left: start, before: undefined }];
  for (const { left, before } of waiting) {
    for (const right of neighbours[left] as readonly number[]) {
      if (closed.has(right) || seen.has(right)) continue;
      const step = { left, right, before };
      if (partner[right] === unmatched) return stepsTo(step);
      seen.add(right);
      waiting.push({ left: partner[right] as number, before: step }); // for-of also visits items pushed meanwhile
    }
  }
  for (const right of seen) closed.add(right);
  return undefined;
}

function stepsTo(last: Step): Step[] {
  const steps: Step[] = [];
  for (let step: Step | undefined = last; step !== undefined; step = step.before) steps.push(step);
  return steps;
}
