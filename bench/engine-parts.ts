import { ClockReliability } from '../src/domain/assignment/clock-reliability.ts';
import { RevisitRate } from '../src/domain/assignment/revisit-rate.ts';
import type { GroupMatcherOptions, Times } from '../src/grouping/group-matcher.ts';
import { type NearbyCapture, RecentCaptures } from '../src/grouping/recent-captures.ts';

/** An engine to measure. */
export interface Engine {
  readonly name: string;
  readonly options: GroupMatcherOptions;
  readonly keypoints: boolean;
  /** Whether all frames are consolidated after the last arrival. */
  readonly consolidation?: boolean;
}

/**
 * Returns the current engine, the engine without each part, and without all parts. `join` is the threshold
 * without a calibration. To measure another part, add its options here.
 */
export function enginesWithout(usual: GroupMatcherOptions, join: number): Engine[] {
  const uncalibrated = { join, pairs: { slope: 30, centre: join - 0.1 }, probabilityAt: () => 0.5 };
  const { crowding: _, ...uncrowded } = usual.thresholds;
  const without: Readonly<Record<string, Partial<GroupMatcherOptions>>> = {
    'several members': { membersMax: 1 },
    'crowding (normalisation)': { thresholds: uncrowded },
    'capture times': { openTimes: timesWith({ recentCaptures: new Timeless() }) },
    'learned trust in clocks': { openTimes: timesWith({ clockReliability: new FixedReliability() }) },
    'learned returns': { openTimes: timesWith({ revisitRate: new NoRevisits() }) },
    'calibration (threshold of an oracle)': { thresholds: uncalibrated },
  };
  const { 'several members': one, 'capture times': timeless } = without;
  return [
    { name: 'whole', options: usual, keypoints: true, consolidation: true },
    { name: '− keypoints', options: usual, keypoints: false, consolidation: true },
    { name: '− consolidation', options: usual, keypoints: true },
    { name: '− consolidation, keypoints', options: usual, keypoints: false },
    ...Object.entries(without).map(([part, options]) => {
      return { name: `− consolidation, ${part}`, options: { ...usual, ...options }, keypoints: true };
    }),
    {
      name: '− all but calibration and crowding',
      options: { ...usual, ...one, ...timeless },
      keypoints: false,
    },
  ];
}

function timesWith(parts: Partial<Times>): () => Times {
  return () => ({
    recentCaptures: new RecentCaptures(),
    clockReliability: new ClockReliability(),
    revisitRate: new RevisitRate(),
    ...parts,
  });
}

/** Knows no frame close in time. */
class Timeless extends RecentCaptures {
  override near(): NearbyCapture[] {
    return [];
  }
}

/** Never changes its prior. */
class FixedReliability extends ClockReliability {
  override observe(): void {}
}

/** Every scene is equally likely to come back. */
class NoRevisits extends RevisitRate {
  override oddsOf(): number {
    return 0;
  }
}
