import type { Thresholds } from '../assignment/assign.ts';
import type { CaptureSource, ClockReliability } from '../assignment/clock-reliability.ts';
import { adjustForCrowding } from '../assignment/crowding.ts';
import type { RevisitRate } from '../assignment/revisit-rate.ts';
import type { FrameId } from '../frame.ts';
import { ConsolidationPass } from './consolidation-pass.ts';
import { Neighbourhood } from './neighbourhood.ts';
import { type MembershipView, Partition } from './partition.ts';
import { answerTo, KnownFeatures, type LibraryAnswers, type Steps } from './questions.ts';
import type { Constraints, SuggestedChange } from './suggested-change.ts';

/** The groups in memory at the start of a consolidation. */
export interface LibrarySnapshot extends MembershipView {
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
export async function consolidate(
  frames: Iterable<FrameId>,
  library: LibrarySnapshot & LibraryAnswers,
  input: ConsolidationInput,
): Promise<SuggestedChange[]> {
  const steps = consolidateInSteps(frames, library, input);
  let step = steps.next();
  while (!step.done) step = steps.next(step.value && (await answerTo(step.value, library)));
  return step.value;
}

/**
 * Like `consolidate`, in many small steps, so that callers can interleave other work. The library must not
 * change meanwhile.
 */
export function* consolidateInSteps(
  frames: Iterable<FrameId>,
  library: LibrarySnapshot,
  { constraints, thresholds, clockReliability, revisitRate, keypoints = false }: ConsolidationInput,
): Steps<SuggestedChange[]> {
  const partition = new Partition(library);
  const neighbourhood = new Neighbourhood((frame) => partition.clusterOf(frame));
  const features = new KnownFeatures();
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
    const adjusted = adjustForCrowding(yield* neighbourhood.usualAmongGroups(library.sample), thresholds);
    const parts = {
      thresholds: adjusted,
      clockReliability,
      revisitOdds,
      features,
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
