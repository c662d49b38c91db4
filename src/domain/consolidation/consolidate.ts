import type { Thresholds } from '../assignment/assign.ts';
import type { CaptureSource, ClockReliability } from '../assignment/clock-reliability.ts';
import { adjustForCrowding } from '../assignment/crowding.ts';
import type { RevisitRate } from '../assignment/revisit-rate.ts';
import type { FrameId } from '../frame.ts';
import { ConsolidationPass, type Steps } from './consolidation-pass.ts';
import type { FrameFeatures } from './group-similarity.ts';
import { Neighbourhood, type NeighbourSearch } from './neighbourhood.ts';
import { type MembershipView, Partition } from './partition.ts';
import type { Constraints, SuggestedChange } from './suggested-change.ts';

export interface LibrarySnapshot extends MembershipView {
  /** Returns undefined if nothing is stored about the frame. The frame then stays in its group. */
  readonly featuresOf: (frame: FrameId) => FrameFeatures | undefined;
  readonly near: NeighbourSearch;
  /** A sample of all frames, to measure the usual crowding. */
  readonly sample: readonly FrameId[];
}

export interface ConsolidationInput {
  readonly thresholds: Thresholds;
  readonly clockReliability: ClockReliability;
  readonly revisitRate: RevisitRate;
  readonly constraints: Constraints;
  /** Whether keypoint questions may be asked. */
  readonly keypoints?: boolean;
}

/** Frames per keypoint question, the same rate as for arrivals: a question takes a quarter of a second. */
const framesPerQuestion = 256;

/** Changes lead to further changes, but hardly ever for this many rounds. */
const roundsMax = 10;

/**
 * Reviews `frames` and returns the suggested changes. Merges similar groups, most similar first. Then moves
 * frames more similar to another group than to their own, or too dissimilar to their own. Then splits groups
 * with two scenes. Repeats all until nothing changes.
 *
 * The result does not depend on the order of `frames`. The changes can be applied in any order: each frame
 * and each group is in at most one change. The work for each frame is bounded, whatever the size of the
 * library: one or two searches, and comparisons with some members of a few groups.
 */
export function consolidate(
  frames: Iterable<FrameId>,
  library: LibrarySnapshot,
  input: ConsolidationInput,
): SuggestedChange[] {
  const steps = consolidateInSteps(frames, library, input);
  for (let step = steps.next(); ; step = steps.next(undefined)) if (step.done) return step.value;
}

/**
 * Like `consolidate`, in many small steps, so that callers can interleave other work. The library must not
 * change meanwhile. A step with a pair of frames asks for the number of shared keypoints: before a doubtful
 * merge, and before a split. The caller passes the answer to `next`.
 */
export function* consolidateInSteps(
  frames: Iterable<FrameId>,
  library: LibrarySnapshot,
  { constraints, thresholds, clockReliability, revisitRate, keypoints = false }: ConsolidationInput,
): Steps<SuggestedChange[]> {
  const partition = new Partition(library);
  const neighbourhood = new Neighbourhood(library.near, (frame) => partition.clusterOf(frame));
  const reviewed = [...new Set(frames)].sort((a, b) => a - b);
  const revisitOdds = cached((clock: CaptureSource) => revisitRate.oddsOf(clock));
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
    const adjusted = adjustForCrowding(neighbourhood.usualAmongGroups(library.sample), thresholds);
    const parts = {
      thresholds: adjusted,
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

/** Caches each result of `find`. */
function cached<K, V>(find: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    const value = known.get(key) ?? find(key);
    known.set(key, value);
    return value;
  };
}
