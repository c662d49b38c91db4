import type { Thresholds } from '../assignment/assign.ts';
import { doubtBelowNats, inliersMin } from '../assignment/keypoint-evidence.ts';
import type { FrameId } from '../frame.ts';
import type { GroupId } from '../group.ts';
import { confidentNats, mergeThreshold, splitThreshold } from './confidence.ts';
import {
  type GroupSimilarity,
  type GroupSimilarityParts,
  similarityOfFrame,
  similarityOfGroups,
  withoutTimeBonus,
} from './group-similarity.ts';
import { MergeQueue, type Pair } from './merge-queue.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import type { Cluster, MembershipView, Partition } from './partition.ts';
import { askSharedKeypoints, KnownEdits, type Steps } from './questions.ts';
import { findSplit, type GroupSplit } from './split-detection.ts';
import type {
  Constraints,
  Merged,
  Moved,
  SuggestedChange,
  SuggestedChangeEvidence,
} from './suggested-change.ts';

/** Groups to compare a frame with, besides its own. */
const candidatesMax = 6;

export interface ConsolidationPassParts {
  readonly partition: Partition;
  readonly neighbourhood: Neighbourhood;
  readonly constraints: Constraints;
  /** Frames to review. */
  readonly frames: readonly FrameId[];
  /** Upper bound for keypoint questions. */
  readonly questionsMax: number;
}

/** A better group for a frame, with its similarity. */
interface BetterGroup {
  readonly cluster: Cluster;
  readonly groupSimilarity: GroupSimilarity;
}

/** The state of one consolidation. */
export class ConsolidationPass {
  readonly #partition: Partition;
  readonly #neighbourhood: Neighbourhood;
  readonly #constraints: Constraints;
  readonly #frames: readonly FrameId[];
  /** The evidence for each moved frame and each merged group. */
  readonly #moved = new Map<FrameId, SuggestedChangeEvidence>();
  readonly #merged = new Map<number, SuggestedChangeEvidence>();
  /** Frames moved one by one. They do not move again to found a group. */
  readonly #movedAlone = new Set<FrameId>();
  readonly #proposals = new Map<string, SuggestedChange>();
  /** Shared keypoints of the compared pairs. */
  readonly #shared = new Map<string, number>();
  readonly #questionsMax: number;
  readonly #edits = new KnownEdits();

  constructor({ partition, neighbourhood, constraints, frames, questionsMax }: ConsolidationPassParts) {
    this.#partition = partition;
    this.#neighbourhood = neighbourhood;
    this.#constraints = constraints;
    this.#frames = frames;
    this.#questionsMax = questionsMax;
  }

  /** Splits each group with two scenes. Returns the number of splits. Yields after each group. */
  *splitSteps(parts: GroupSimilarityParts): Steps<number> {
    let count = 0;
    for (const id of new Set(this.#frames.flatMap((frame) => this.#partition.clusterOf(frame) ?? []))) {
      const cluster = this.#partition.cluster(id);
      const split = (yield* this.#needsConsent(cluster)) ? undefined : yield* findSplit(cluster, parts);
      // A frame with an open proposal stays unchanged until the user answers.
      const isFree = split?.leaving.every((frame) => !this.#proposals.has(String(frame)));
      if (split !== undefined && isFree && (yield* this.#countShared(split.groupSimilarity)) < inliersMin) {
        this.#split(split, parts.thresholds);
        count++;
      }
      yield;
    }
    return count;
  }

  /**
   * Merges the two most similar groups, until no pair reaches the merge threshold by similarity or keypoints.
   * Returns the number of merges.
   */
  *merge(parts: GroupSimilarityParts): Steps<number> {
    const pairs = new MergeQueue((one, other) => this.#pair(one, other, parts));
    for (const frame of this.#frames) {
      const own = this.#partition.clusterOf(frame);
      if (own === undefined) continue;
      for (const other of yield* this.#candidates(frame, own)) yield* pairs.add(own, other);
      yield;
    }
    let count = 0;
    for (let best = pairs.take(); best !== undefined; best = pairs.take()) {
      const evidence = yield* this.#evidenceFor(best, parts.thresholds);
      if (evidence === undefined || !(yield* this.#mayMerge(best, evidence))) continue;
      const { from, into } = yield* this.#directed(best);
      this.#merged.set(from, evidence);
      this.#partition.merge(from, into);
      yield* pairs.merged(from, into);
      count++;
    }
    return count;
  }

  /**
   * Moves each frame above the merge threshold of another group, or below the split threshold of its own.
   * Returns the number of moves. Yields after each frame.
   */
  *move(parts: GroupSimilarityParts): Steps<number> {
    let count = 0;
    for (const frame of this.#frames) {
      if (yield* this.#reviewFrame(frame, parts)) count++;
      yield;
    }
    return count;
  }

  /** Returns the net changes of groups and frames, and the open proposals. */
  suggestedChanges(library: MembershipView): SuggestedChange[] {
    const merged = Array.from(this.#merged, ([from, evidence]) => this.#merging(from, evidence));
    const moved = Array.from(this.#moved, ([frame, evidence]) => this.#moving(frame, evidence, library));
    const done = [...merged, ...moved].filter((one) => one !== undefined);
    return [...done, ...[...this.#proposals.values()].filter((one) => this.#isValid(one))];
  }

  #merging(from: number, evidence: SuggestedChangeEvidence): Merged | undefined {
    if (from < 0) return undefined; // founded in this pass: its frames are moved
    const into = this.#partition.rootOf(from) as GroupId;
    return { kind: 'merge', from: from as GroupId, into, evidence, proposed: false };
  }

  #moving(frame: FrameId, evidence: SuggestedChangeEvidence, library: MembershipView): Moved | undefined {
    const from = library.groupOf(frame) as GroupId;
    const to = this.#partition.clusterOf(frame) as number;
    if (to === this.#partition.rootOf(from)) return undefined;
    const target = evidence.target ?? this.#merged.get(-frame)?.target;
    return {
      kind: 'move',
      frame,
      from,
      to: targetOf(to),
      evidence: { ...evidence, target },
      proposed: false,
    };
  }

  /** Whether the groups of a proposal still exist. */
  #isValid(one: SuggestedChange): boolean {
    const groups = one.kind === 'merge' ? [one.from, one.into] : [one.from, one.to];
    return groups.every((group) => typeof group !== 'number' || this.#partition.rootOf(group) === group);
  }

  #split({ leaving, groupSimilarity }: GroupSplit, { join }: Thresholds): void {
    this.#partition.splitOff(leaving);
    for (const frame of leaving) this.#moved.set(frame, { join, target: undefined, own: groupSimilarity });
  }

  *#pair(one: number, other: number, parts: GroupSimilarityParts): Steps<Pair | undefined> {
    const [a, b] = [this.#partition.cluster(one), this.#partition.cluster(other)];
    const { join, pairs } = parts.thresholds;
    const least =
      this.#questionsMax > 0 ? join - doubtBelowNats / pairs.slope : mergeThreshold(parts.thresholds);
    const groupSimilarity = yield* similarityOfGroups(a, b, parts, least);
    return groupSimilarity !== undefined && groupSimilarity.score >= least
      ? { one, other, groupSimilarity }
      : undefined;
  }

  /**
   * Returns the evidence for a merge. Returns undefined if the evidence or a constraint forbids the merge.
   */
  *#evidenceFor(
    { one, other, groupSimilarity }: Pair,
    thresholds: Thresholds,
  ): Steps<SuggestedChangeEvidence | undefined> {
    const [a, b] = [this.#partition.cluster(one), this.#partition.cluster(other)];
    if (this.#areApart(a, b) || this.#areApart(b, a)) return undefined;
    const evidence = { join: thresholds.join, target: groupSimilarity, own: undefined };
    if (groupSimilarity.score >= mergeThreshold(thresholds)) return evidence;
    const inliers = yield* this.#countShared(groupSimilarity);
    return inliers >= inliersMin ? { ...evidence, inliers } : undefined;
  }

  /**
   * Returns the keypoints shared by the two most similar frames, 0 if the budget is spent. Asks about each
   * pair once.
   */
  *#countShared({ pair }: GroupSimilarity): Steps<number> {
    const key = pair.join(' ');
    const known = this.#shared.get(key);
    if (known !== undefined || this.#shared.size >= this.#questionsMax) return known ?? 0;
    const shared = (yield* askSharedKeypoints(pair)) ?? 0;
    this.#shared.set(key, shared);
    return shared;
  }

  /** Records a proposal for a merge that needs the user's consent. */
  *#mayMerge(pair: Pair, evidence: SuggestedChangeEvidence): Steps<boolean> {
    const { from, into } = yield* this.#directed(pair);
    if (!(yield* this.#needConsent([from, into].map((id) => this.#partition.cluster(id))))) return true;
    if (isKnown(from) && isKnown(into))
      this.#proposals.set(`${from} ${into}`, { kind: 'merge', from, into, evidence, proposed: true });
    return false;
  }

  /**
   * Merges the smaller group into the larger, and the later into the earlier if both are equal. A group
   * edited by the user always survives.
   */
  *#directed({ one, other }: Pair): Steps<{ from: number; into: number }> {
    const [a, b] = [this.#partition.cluster(one), this.#partition.cluster(other)];
    const [isAEdited, isBEdited] = [yield* this.#isEdited(a), yield* this.#isEdited(b)];
    const isFirst =
      Number(isKnown(a.id)) - Number(isKnown(b.id)) ||
      Number(isAEdited) - Number(isBEdited) ||
      a.members.length - b.members.length ||
      b.id - a.id;
    return isFirst > 0 ? { from: b.id, into: a.id } : { from: a.id, into: b.id };
  }

  /** Returns whether the frame was moved. */
  *#reviewFrame(frame: FrameId, parts: GroupSimilarityParts): Steps<boolean> {
    yield* parts.features.load([frame]);
    const at = this.#partition.clusterOf(frame);
    if (at === undefined || parts.features.of(frame) === undefined) return false;
    if (this.#constraints.isKept(frame)) return false;
    const cluster = this.#partition.cluster(at);
    const own = yield* similarityOfFrame(frame, cluster, parts);
    const better = yield* this.#betterFor(frame, cluster, own, parts);
    const before = this.#moved.get(frame);
    const mayLeave =
      own !== undefined && own.score < splitThreshold(parts.thresholds) && !this.#movedAlone.has(frame);
    if (better === undefined && !mayLeave) return false;
    const evidence = {
      join: parts.thresholds.join,
      target: better?.groupSimilarity,
      own: before?.own ?? own,
    };
    if (yield* this.#needConsent(better === undefined ? [cluster] : [cluster, better.cluster]))
      return this.#proposeMove(frame, cluster, better?.cluster, evidence);
    this.#partition.move(frame, better?.cluster.id);
    this.#moved.set(frame, evidence);
    this.#movedAlone.add(frame);
    return true;
  }

  /** Records a proposal and moves nothing. Records none if a merge of both groups is already proposed. */
  #proposeMove(
    frame: FrameId,
    { id: from }: Cluster,
    target: Cluster | undefined,
    evidence: SuggestedChangeEvidence,
  ) {
    const to = targetOf(target?.id ?? -frame);
    const isCovered = [`${from} ${to}`, `${to} ${from}`].some((merge) => this.#proposals.has(merge));
    if (isKnown(from) && !isCovered)
      this.#proposals.set(String(frame), { kind: 'move', frame, from, to, evidence, proposed: true });
    return false;
  }

  *#betterFor(
    frame: FrameId,
    at: Cluster,
    own: GroupSimilarity | undefined,
    parts: GroupSimilarityParts,
  ): Steps<BetterGroup | undefined> {
    const least = Math.max(
      mergeThreshold(parts.thresholds),
      own === undefined ? -1 : own.score + confidentNats / parts.thresholds.pairs.slope,
    );
    let best: BetterGroup | undefined;
    for (const id of yield* this.#candidates(frame, at.id)) {
      const cluster = this.#partition.cluster(id);
      // Nearness in time moves no frame: files copied together are near to all others in time.
      const groupSimilarity = withoutTimeBonus(yield* similarityOfFrame(frame, cluster, parts, least));
      if (groupSimilarity === undefined || groupSimilarity.score < least || this.#isApart(frame, cluster))
        continue;
      const isBest = best === undefined || groupSimilarity.score > best.groupSimilarity.score;
      if (isBest || (groupSimilarity.score === best?.groupSimilarity.score && id < best.cluster.id))
        best = { cluster, groupSimilarity };
    }
    return best;
  }

  /** Groups of the most similar frames, without the frame's own group. */
  *#candidates(frame: FrameId, own: number): Steps<Set<number>> {
    const found = new Set<number>();
    for (const { frame: other } of yield* this.#neighbourhood.of(frame)) {
      if (found.size >= candidatesMax) break;
      const cluster = this.#partition.clusterOf(other);
      if (cluster !== undefined && cluster !== own) found.add(cluster);
    }
    return found;
  }

  #areApart({ members }: Cluster, other: Cluster): boolean {
    return members.some((frame) => this.#isApart(frame, other));
  }

  #isApart(frame: FrameId, { groups }: Cluster): boolean {
    return groups.some((group) => this.#constraints.isApart(frame, group));
  }

  *#isEdited({ groups }: Cluster): Steps<boolean> {
    return yield* this.#edits.isAnyEdited(groups);
  }

  *#needConsent(clusters: readonly Cluster[]): Steps<boolean> {
    for (const cluster of clusters) if (yield* this.#needsConsent(cluster)) return true;
    return false;
  }

  /** Whether the user edited the group, or placed a frame in it. */
  *#needsConsent(cluster: Cluster): Steps<boolean> {
    return (
      (yield* this.#isEdited(cluster)) || cluster.members.some((frame) => this.#constraints.isKept(frame))
    );
  }
}

function isKnown(cluster: number): cluster is GroupId {
  return cluster > 0;
}

function targetOf(cluster: number): Moved['to'] {
  return isKnown(cluster) ? cluster : { foundedBy: -cluster as FrameId };
}
