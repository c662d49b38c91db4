import type { Thresholds } from '../assignment/assign.ts';
import type { CaptureSource, ClockReliability } from '../assignment/clock-reliability.ts';
import { adjustForCrowding } from '../assignment/crowding.ts';
import type { RevisitRate } from '../assignment/revisit-rate.ts';
import type { FrameId } from '../frame.ts';
import { ConsolidationPass, type Steps } from './consolidation-pass.ts';
import type { FrameFeatures } from './group-similarity.ts';
import { type NearCluster, Neighbourhood } from './neighbourhood.ts';
import { type MembershipView, Partition } from './partition.ts';
import type { Constraints, SuggestedChange } from './suggested-change.ts';

export interface LibrarySnapshot extends MembershipView {
  /** Undefined where nothing is stored of a frame: it then stays where it is. */
  readonly featuresOf: (frame: FrameId) => FrameFeatures | undefined;
  readonly near: NearCluster;
  /** Some frames from all of it, to know what crowding is usual. */
  readonly sample: readonly FrameId[];
}

export interface ConsolidationInput {
  readonly limits: Thresholds;
  readonly clockReliability: ClockReliability;
  readonly revisitRate: RevisitRate;
  readonly constraints: Constraints;
  /** Whether it may be asked how many keypoints two frames share. */
  readonly keypoints?: boolean;
}

/** One question for so many frames that are looked at again, as on arrival: each takes a quarter of a second. */
const framesPerQuestion = 256;

/** Changes lead to others, but hardly ever this often. */
const roundsMax = 10;

/**
 * Looks again at `frames`: merges their groups with others that are like them, most alike first; then moves those frames
 * that are more like another group than their own, or not like their own; then parts groups that show two scenes; and
 * again, until nothing changes. What comes of
 * it does not depend on the order of `frames`. The changes may be carried out in any order: each frame and each group is
 * in one of them at the most. The work is bounded for each frame, however large the library: one search or two, and
 * comparisons with some of the members of a few groups.
 */
export function consolidate(
  frames: Iterable<FrameId>,
  library: LibrarySnapshot,
  given: ConsolidationInput,
): SuggestedChange[] {
  const steps = consolidateInSteps(frames, library, given);
  for (let step = steps.next(); ; step = steps.next(undefined)) if (step.done) return step.value;
}

/**
 * The same in many small steps, so that other work has its turn between them. The library looks the same all the while. A step
 * that is a pair of frames asks how many keypoints they share: where it is in doubt whether two groups are one, and before one is
 * parted. `next` answers.
 */
export function* consolidateInSteps(
  frames: Iterable<FrameId>,
  library: LibrarySnapshot,
  { constraints, limits, clockReliability, revisitRate, keypoints = false }: ConsolidationInput,
): Steps<SuggestedChange[]> {
  const partition = new Partition(library);
  const neighbourhood = new Neighbourhood(library.near, (frame) => partition.clusterOf(frame));
  const reviewed = [...new Set(frames)].sort((a, b) => a - b);
  const revisitOdds = remembered((clock: CaptureSource) => revisitRate.oddsOf(clock));
  const questionsMax = keypoints ? Math.ceil(reviewed.length / framesPerQuestion) : 0;
  const review = new ConsolidationPass({
    partition,
    neighbourhood,
    constraints,
    frames: reviewed,
    questionsMax,
  });
  for (let round = 0; round < roundsMax; round++) {
    const usual = yield* neighbourhood.usualCrowding(library.sample);
    const usually = adjustForCrowding(neighbourhood.usualAmongGroups(library.sample), limits);
    const parts = {
      limits: usually,
      clockReliability,
      revisitOdds,
      featuresOf: library.featuresOf,
      neighbourhood,
      usual,
    };
    const changes =
      (yield* review.merge(parts)) + (yield* review.move(parts)) + (yield* review.splitSteps(parts));
    if (changes === 0) break;
  }
  return review.suggestedChanges(library);
}

/** What was asked before is answered as before. */
function remembered<K, V>(find: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    const value = known.get(key) ?? find(key);
    known.set(key, value);
    return value;
  };
}
