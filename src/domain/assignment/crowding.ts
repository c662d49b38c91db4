import type { Label } from '../../evaluation/metrics/contingency.ts';
import type { SimilarityMatrix } from '../similarity/similarity-matrix.ts';

/** What crowding changes, as the calibration knows it. */
export interface Crowding {
  /** How crowded it usually was around the pictures that the calibration was fitted on. */
  readonly usual: number;
  /** However crowded it is: from this score on frames join. */
  readonly joinMax: number;
}

/** What is asked of a frame that joins; see Limits. */
interface Asked {
  readonly join: number;
  readonly probabilityAt: (score: number) => number;
  readonly crowding?: Crowding;
}

/** A known frame near the one at hand, and its group. */
export interface NearInGroup {
  readonly group: number;
  readonly similarity: number;
}

/** Groups that are looked at closely, and tell how crowded it is around a frame. */
export const closeGroups = 6;

/**
 * How crowded it is around a frame: how alike the sixth nearest group is, by its member most alike. Undefined where fewer
 * are seen: then the frame is among its own. `near` is most similar first.
 */
export function crowdingAmong(near: Iterable<NearInGroup>): number | undefined {
  const groups = new Set<number>();
  for (const { group, similarity } of near) if (groups.add(group).size === closeGroups) return similarity;
  return undefined;
}

/**
 * What is enough to join where it is more crowded than usual. The most alike of a thousand groups is more alike than that of
 * a hundred, though the frame belongs to none of them; and in a street of like houses all are more alike. What is asked
 * for is that the best group stands out from the others as it had to where the calibration was fitted: by the same angle.
 */
export function adjustForCrowding<L extends Asked>(level: number | undefined, limits: L): L {
  const { crowding, join, probabilityAt } = limits;
  if (crowding === undefined || level === undefined || level <= crowding.usual) return limits;
  const asFar = Math.acos(crowding.usual) - Math.acos(join);
  const standingOut = Math.cos(Math.max(0, Math.acos(Math.min(1, level)) - asFar));
  const more = Math.max(0, Math.min(standingOut, crowding.joinMax) - join);
  return { ...limits, join: join + more, probabilityAt: (score: number) => probabilityAt(score - more) };
}

/** What is usual: the median, which a few crowded places don't move; undefined where nothing is known. */
export function usualOf(levels: readonly (number | undefined)[]): number | undefined {
  const known = levels.filter((level) => level !== undefined).sort((a, b) => a - b);
  return known[Math.floor(known.length / 2)];
}

/** What is usual among pictures whose groups are known, all of them there. */
export function usualCrowding(near: SimilarityMatrix, truth: readonly Label[]): number | undefined {
  const numbers = new Map<Label, number>();
  for (const label of truth) if (!numbers.has(label)) numbers.set(label, numbers.size);
  const places = Array.from(truth, (label, at) => ({ at, group: numbers.get(label) as number }));
  return usualOf(
    places.map(({ at: own }) =>
      crowdingAmong(
        places
          .filter(({ at }) => at !== own)
          .map(({ at, group }) => ({ group, similarity: near.at(own, at) }))
          .sort((a, b) => b.similarity - a.similarity),
      ),
    ),
  );
}
