import { TimeTrust } from '../src/domain/assignment/clock-reliability.ts';
import { Returns } from '../src/domain/assignment/revisit-rate.ts';
import type { GrouperOptions, Times } from '../src/grouping/group-matcher.ts';
import { type Moment, Timeline } from '../src/grouping/recent-captures.ts';

/** An engine to be measured. */
export interface Engine {
  readonly name: string;
  readonly options: GrouperOptions;
  readonly keypoints: boolean;
  /** All looked at again when the last has arrived. */
  readonly consolidation?: boolean;
}

/**
 * The engine as it is, without one part after the other, and without all of them. `join`: a threshold that stands in for
 * the calibration. To measure another part, add what the engine is without it.
 */
export function enginesWithout(usual: GrouperOptions, join: number): Engine[] {
  const uncalibrated = { join, pairs: { slope: 30, centre: join - 0.1 }, probabilityAt: () => 0.5 };
  const { crowding: _, ...uncrowded } = usual.limits;
  const without: Readonly<Record<string, Partial<GrouperOptions>>> = {
    'several members': { membersMax: 1 },
    'crowding (normalisation)': { limits: uncrowded },
    'capture times': { openTimes: timesWith({ timeline: new Timeless() }) },
    'learned trust in clocks': { openTimes: timesWith({ trust: new FixedTrust() }) },
    'learned returns': { openTimes: timesWith({ returns: new NoReturns() }) },
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
  return () => ({ timeline: new Timeline(), trust: new TimeTrust(), returns: new Returns(), ...parts });
}

/** Knows no frame that is near in time. */
class Timeless extends Timeline {
  override near(): Moment[] {
    return [];
  }
}

/** Believes for ever what is believed at first. */
class FixedTrust extends TimeTrust {
  override learn(): void {}
}

/** Holds every scene for as likely to come back as any. */
class NoReturns extends Returns {
  override oddsOf(): number {
    return 0;
  }
}
