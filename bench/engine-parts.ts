import { ClockReliability } from '../src/domain/assignment/clock-reliability.ts';
import { RevisitRate } from '../src/domain/assignment/revisit-rate.ts';
import type { GroupMatcherOptions, Times } from '../src/grouping/group-matcher.ts';
import { type Moment, RecentCaptures } from '../src/grouping/recent-captures.ts';

/** An engine to be measured. */
export interface Engine {
  readonly name: string;
  readonly options: GroupMatcherOptions;
  readonly keypoints: boolean;
  /** All looked at again when the last has arrived. */
  readonly consolidation?: boolean;
}

/**
 * The engine as it is, without one part after the other, and without all of them. `join`: a threshold that stands in for
 * the calibration. To measure another part, add what the engine is without it.
 */
export function enginesWithout(usual: GroupMatcherOptions, join: number): Engine[] {
  const uncalibrated = { join, pairs: { slope: 30, centre: join - 0.1 }, probabilityAt: () => 0.5 };
  const { crowding: _, ...uncrowded } = usual.limits;
  const without: Readonly<Record<string, Partial<GroupMatcherOptions>>> = {
    'several members': { membersMax: 1 },
    'crowding (normalisation)': { limits: uncrowded },
    'capture times': { openTimes: timesWith({ recentCaptures: new Timeless() }) },
    'learned trust in clocks': { openTimes: timesWith({ clockReliability: new FixedTrust() }) },
    'learned returns': { openTimes: timesWith({ revisitRate: new NoReturns() }) },
    'calibration (threshold of an oracle)': { limits: uncalibrated },
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

/** Knows no frame that is near in time. */
class Timeless extends RecentCaptures {
  override near(): Moment[] {
    return [];
  }
}

/** Believes for ever what is believed at first. */
class FixedTrust extends ClockReliability {
  override learn(): void {}
}

/** Holds every scene for as likely to come back as any. */
class NoReturns extends RevisitRate {
  override oddsOf(): number {
    return 0;
  }
}
