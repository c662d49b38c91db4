/** The effect of crowding on thresholds, from the calibration. */
export interface Crowding {
  /** Usual crowding around the pictures of the calibration. */
  readonly usual: number;
  /** Upper bound for the adjusted threshold: from this score frames always join. */
  readonly joinMax: number;
}

/** The thresholds that depend on crowding; see Thresholds. */
interface CrowdedThresholds {
  readonly join: number;
  readonly probabilityAt: (score: number) => number;
  readonly crowding?: Crowding;
}

/** A known frame near the current frame, with its group. */
export interface GroupedNeighbour {
  readonly group: number;
  readonly similarity: number;
}

/** Number of nearest groups to compare closely. Their similarity measures the crowding around a frame. */
export const closeGroups = 6;

/**
 * Returns the crowding around a frame: the similarity of the sixth nearest group, by its most similar member.
 * Returns undefined if there are fewer groups; the frame is then among its own. `near` is sorted, most
 * similar first.
 */
export function crowdingAmong(near: Iterable<GroupedNeighbour>): number | undefined {
  const groups = new Set<number>();
  for (const { group, similarity } of near) if (groups.add(group).size === closeGroups) return similarity;
  return undefined;
}

/**
 * Returns the thresholds for a frame in a region more crowded than usual. The best of a thousand groups is
 * more similar than the best of a hundred, even if the frame belongs to none. In a street of similar houses
 * all groups are similar. Therefore the best group must stand out from the rest by the same angle as in the
 * calibration.
 */
export function adjustForCrowding<L extends CrowdedThresholds>(level: number | undefined, thresholds: L): L {
  const { crowding, join, probabilityAt } = thresholds;
  if (crowding === undefined || level === undefined || level <= crowding.usual) return thresholds;
  const angle = Math.acos(crowding.usual) - Math.acos(join);
  const required = Math.cos(Math.max(0, Math.acos(Math.min(1, level)) - angle));
  const more = Math.max(0, Math.min(required, crowding.joinMax) - join);
  return { ...thresholds, join: join + more, probabilityAt: (score: number) => probabilityAt(score - more) };
}

/** Returns the median, robust against a few crowded regions. Returns undefined if no level is known. */
export function usualOf(levels: readonly (number | undefined)[]): number | undefined {
  const known = levels.filter((level) => level !== undefined).sort((a, b) => a - b);
  return known[Math.floor(known.length / 2)];
}
