export interface Point {
  readonly x: number;
  readonly y: number;
}

/**
 * Isotonic regression (pool adjacent violators): returns the non-decreasing sequence with the least squared
 * distance to the points' `y`. One point for each distinct `x`, rising.
 */
export function isotonicRegression(points: readonly Point[]): Point[] {
  const pools: Pool[] = [];
  for (const { x, y } of points.toSorted((a, b) => a.x - b.x)) {
    const last = pools.at(-1);
    if (last?.xs.at(-1) === x) {
      last.sum += y;
      last.weight++;
    } else pools.push({ xs: [x], sum: y, weight: 1 });
  }
  return pooled(pools).flatMap(({ xs, sum, weight }) => xs.map((x) => ({ x, y: sum / weight })));
}

/** Points with a common value. */
interface Pool {
  readonly xs: number[];
  sum: number;
  weight: number;
}

/** Merges each pool with preceding higher pools. */
function pooled(pools: readonly Pool[]): Pool[] {
  const rising: Pool[] = [];
  for (const next of pools) {
    rising.push(next);
    for (;;) {
      const [before, last] = rising.slice(-2);
      if (before === undefined || last === undefined || meanOf(before) <= meanOf(last)) break;
      rising.pop();
      for (const x of last.xs) before.xs.push(x);
      before.sum += last.sum;
      before.weight += last.weight;
    }
  }
  return rising;
}

function meanOf({ sum, weight }: Pool): number {
  return sum / weight;
}
