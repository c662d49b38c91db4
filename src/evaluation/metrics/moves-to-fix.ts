import type { Contingency } from './contingency.ts';

/** What a person has to do until the folders hold the true groups. */
export interface MovesToFix {
  /** Single files moved into another folder, or into a new one. */
  readonly moves: number;
  /** Whole folders emptied into another one, whatever their size. */
  readonly merges: number;
  readonly total: number;
}

/**
 * The fewest steps from the predicted groups to the true ones. A step moves one file to another folder (making
 * a folder costs nothing) or merges one whole folder into another. Folder names don't count. From 0 (equal
 * groupings) up to one step for each element.
 *
 * Every folder keeps the files of one true group and loses the others one by one; folders that keep the same
 * group are then merged. Keeping a largest share is always best: a smaller one costs a move or more, and saves
 * at most one merge. So only ties matter: they are broken so that as many groups as possible are kept somewhere,
 * which is a maximum matching of folders and their largest groups.
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
  /** The true groups that reach `shared`: more than one if they tie. */
  groups: number[];
}

/** For each predicted group, the true groups it shares most with. */
function bestShares({ predictedSizes, cells }: Contingency): Share[] {
  const best = predictedSizes.map((): Share => ({ shared: 0, groups: [] }));
  for (const { truth, predicted, shared } of cells) {
    const share = best[predicted] as Share;
    if (shared > share.shared) best[predicted] = { shared, groups: [truth] };
    else if (shared === share.shared) share.groups.push(truth);
  }
  return best;
}

/** The most left nodes that can each have a right neighbour of their own (augmenting paths, Kuhn 1955). */
function matchingSize(neighbours: readonly (readonly number[])[], rightCount: number): number {
  const partner = new Array<number>(rightCount).fill(unmatched);
  // Right nodes of a search that found nothing can't help a later one either: they stay closed.
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
  /** The step that took `right`'s former partner here; none at the start of the path. */
  readonly before: Step | undefined;
}

/** Steps that give `start` and all of its predecessors a right node; otherwise closes what it has seen. */
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
      waiting.push({ left: partner[right] as number, before: step }); // for-of sees what is pushed meanwhile
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
