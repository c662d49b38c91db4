import type { Limits } from '../assignment/assign.ts';
import { belowNats, inliersMin } from '../assignment/keypoint-evidence.ts';
import type { FrameId } from '../frame.ts';
import type { GroupId } from '../group.ts';
import { surelyAlike, surelyUnlike, sureNats } from './confidence.ts';
import {
  bySight,
  type Likeness,
  type LikenessParts,
  likenessOfFrame,
  likenessOfGroups,
} from './group-similarity.ts';
import { type Pair, Pairs } from './merge-queue.ts';
import type { Surroundings } from './neighbourhood.ts';
import type { Arrangement, Cluster, Membership } from './partition.ts';
import { type Parting, partingOf } from './split-detection.ts';
import type { Amendment, AmendmentEvidence, Constraints, Merged, Moved } from './suggested-change.ts';

/** Groups that a frame is compared with, besides its own. */
const candidatesMax = 6;

export interface ReviewParts {
  readonly arrangement: Arrangement;
  readonly surroundings: Surroundings;
  readonly constraints: Constraints;
  /** Those that are looked at again. */
  readonly frames: readonly FrameId[];
  /** Pairs of frames that may be asked about at the most. */
  readonly questionsMax: number;
}

/** Two frames: how many keypoints do they share? */
export type Question = readonly [FrameId, FrameId];

/** Rests, with nothing, or asks; goes on after a question with the answer, or with nothing where nobody could look. */
export type Steps<Result> = Generator<Question | undefined, Result, number | undefined>;

/** A group that a frame is more like, and how much. */
interface Better {
  readonly cluster: Cluster;
  readonly likeness: Likeness;
}

/** One consolidation under way. */
export class Review {
  readonly #arrangement: Arrangement;
  readonly #surroundings: Surroundings;
  readonly #constraints: Constraints;
  readonly #frames: readonly FrameId[];
  /** Why each frame was moved, and each group merged into another. */
  readonly #moved = new Map<FrameId, AmendmentEvidence>();
  readonly #merged = new Map<number, AmendmentEvidence>();
  /** Frames that went by themselves; those don't leave again for a group of their own. */
  readonly #went = new Set<FrameId>();
  readonly #proposals = new Map<string, Amendment>();
  /** Keypoints shared by the pairs that were asked about. */
  readonly #shared = new Map<string, number>();
  readonly #questionsMax: number;

  constructor({ arrangement, surroundings, constraints, frames, questionsMax }: ReviewParts) {
    this.#arrangement = arrangement;
    this.#surroundings = surroundings;
    this.#constraints = constraints;
    this.#frames = frames;
    this.#questionsMax = questionsMax;
  }

  /** Parts each group that surely shows two scenes; tells how many. Rests after each. */
  *part(parts: LikenessParts): Steps<number> {
    let count = 0;
    for (const id of new Set(this.#frames.flatMap((frame) => this.#arrangement.clusterOf(frame) ?? []))) {
      const cluster = this.#arrangement.cluster(id);
      const parting = this.#isOnlyAsked(cluster) ? undefined : yield* partingOf(cluster, parts);
      // What is asked about is left as it is until somebody answers.
      const isFree = parting?.leaving.every((frame) => !this.#proposals.has(String(frame)));
      if (parting !== undefined && isFree && (yield* this.#sharedBy(parting.likeness)) < inliersMin) {
        this.#leave(parting, parts.limits);
        count++;
      }
      yield;
    }
    return count;
  }

  /**
   * Merges the two groups that are most alike, as long as there are two that are surely one, by their looks or by their
   * keypoints; tells how often. Rests where others may have their turn.
   */
  *merge(parts: LikenessParts): Steps<number> {
    const pairs = new Pairs((one, other) => this.#pair(one, other, parts));
    for (const frame of this.#frames) {
      const own = this.#arrangement.clusterOf(frame);
      if (own === undefined) continue;
      for (const other of this.#candidates(frame, own)) yield* pairs.add(own, other);
      yield;
    }
    let count = 0;
    for (let best = pairs.take(); best !== undefined; best = pairs.take()) {
      const evidence = yield* this.#evidenceFor(best, parts.limits);
      if (evidence === undefined || !this.#mayMerge(best, evidence)) continue;
      const { from, into } = this.#directed(best);
      this.#merged.set(from, evidence);
      this.#arrangement.merge(from, into);
      yield* pairs.merged(from, into);
      count++;
    }
    return count;
  }

  /** Moves each frame that surely belongs elsewhere, or surely not where it is; tells how many. Rests after each. */
  *move(parts: LikenessParts): Generator<undefined, number> {
    let count = 0;
    for (const frame of this.#frames) {
      if (yield* this.#reviewFrame(frame, parts)) count++;
      yield;
    }
    return count;
  }

  /** What came of it: every group and frame from where it was to where it is at last; and what is to be asked about. */
  amendments(library: Membership): Amendment[] {
    const merged = Array.from(this.#merged, ([from, evidence]) => this.#merging(from, evidence));
    const moved = Array.from(this.#moved, ([frame, evidence]) => this.#moving(frame, evidence, library));
    const done = [...merged, ...moved].filter((one) => one !== undefined);
    return [...done, ...[...this.#proposals.values()].filter((one) => this.#stands(one))];
  }

  #merging(from: number, evidence: AmendmentEvidence): Merged | undefined {
    if (from < 0) return undefined; // new here: its frames are moved
    const into = this.#arrangement.rootOf(from) as GroupId;
    return { kind: 'merge', from: from as GroupId, into, evidence, proposed: false };
  }

  #moving(frame: FrameId, evidence: AmendmentEvidence, library: Membership): Moved | undefined {
    const from = library.groupOf(frame) as GroupId;
    const to = this.#arrangement.clusterOf(frame) as number;
    if (to === this.#arrangement.rootOf(from)) return undefined;
    const target = evidence.target ?? this.#merged.get(-frame)?.target;
    return { kind: 'move', frame, from, to: placeOf(to), evidence: { ...evidence, target }, proposed: false };
  }

  /** Whether the groups of a proposal are still there. */
  #stands(one: Amendment): boolean {
    const groups = one.kind === 'merge' ? [one.from, one.into] : [one.from, one.to];
    return groups.every((group) => typeof group !== 'number' || this.#arrangement.rootOf(group) === group);
  }

  #leave({ leaving, likeness }: Parting, { join }: Limits): void {
    this.#arrangement.part(leaving);
    for (const frame of leaving) this.#moved.set(frame, { join, target: undefined, own: likeness });
  }

  *#pair(one: number, other: number, parts: LikenessParts): Generator<undefined, Pair | undefined> {
    const [a, b] = [this.#arrangement.cluster(one), this.#arrangement.cluster(other)];
    const { join, pairs } = parts.limits;
    const least = this.#questionsMax > 0 ? join - belowNats / pairs.slope : surelyAlike(parts.limits);
    const likeness = yield* likenessOfGroups(a, b, parts, least);
    return likeness !== undefined && likeness.score >= least ? { one, other, likeness } : undefined;
  }

  /** Why two groups are surely one; undefined if they aren't, or may not be. */
  *#evidenceFor({ one, other, likeness }: Pair, limits: Limits): Steps<AmendmentEvidence | undefined> {
    const [a, b] = [this.#arrangement.cluster(one), this.#arrangement.cluster(other)];
    if (this.#areApart(a, b) || this.#areApart(b, a)) return undefined;
    const evidence = { join: limits.join, target: likeness, own: undefined };
    if (likeness.score >= surelyAlike(limits)) return evidence;
    const inliers = yield* this.#sharedBy(likeness);
    return inliers >= inliersMin ? { ...evidence, inliers } : undefined;
  }

  /** How many keypoints the two most alike frames share; none where that can't be asked. Each pair is asked about once. */
  *#sharedBy({ pair }: Likeness): Steps<number> {
    const key = pair.join(' ');
    const known = this.#shared.get(key);
    if (known !== undefined || this.#shared.size >= this.#questionsMax) return known ?? 0;
    const shared = (yield pair) ?? 0;
    this.#shared.set(key, shared);
    return shared;
  }

  /** What may not be done, but asked about, is proposed. */
  #mayMerge(pair: Pair, evidence: AmendmentEvidence): boolean {
    const { from, into } = this.#directed(pair);
    const touched = [from, into].some((id) => this.#isOnlyAsked(this.#arrangement.cluster(id)));
    if (!touched) return true;
    if (isKnown(from) && isKnown(into))
      this.#proposals.set(`${from} ${into}`, { kind: 'merge', from, into, evidence, proposed: true });
    return false;
  }

  /** The smaller into the larger, and of equals the later into the earlier; into what a person touched, though. */
  #directed({ one, other }: Pair): { from: number; into: number } {
    const [a, b] = [this.#arrangement.cluster(one), this.#arrangement.cluster(other)];
    const touched = (cluster: Cluster) => Number(this.#isTouched(cluster));
    const isFirst =
      Number(isKnown(a.id)) - Number(isKnown(b.id)) ||
      touched(a) - touched(b) ||
      a.members.length - b.members.length ||
      b.id - a.id;
    return isFirst > 0 ? { from: b.id, into: a.id } : { from: a.id, into: b.id };
  }

  /** Whether it was moved. */
  *#reviewFrame(frame: FrameId, parts: LikenessParts): Generator<undefined, boolean> {
    const at = this.#arrangement.clusterOf(frame);
    if (at === undefined || parts.sightOf(frame) === undefined) return false;
    if (this.#constraints.isKept(frame)) return false;
    const cluster = this.#arrangement.cluster(at);
    const own = yield* likenessOfFrame(frame, cluster, parts);
    const better = yield* this.#betterFor(frame, cluster, own, parts);
    const before = this.#moved.get(frame);
    const mayLeave = own !== undefined && own.score < surelyUnlike(parts.limits) && !this.#went.has(frame);
    if (better === undefined && !mayLeave) return false;
    const evidence = { join: parts.limits.join, target: better?.likeness, own: before?.own ?? own };
    if ([cluster, better?.cluster].some((one) => one !== undefined && this.#isOnlyAsked(one)))
      return this.#proposeMove(frame, cluster, better?.cluster, evidence);
    this.#arrangement.move(frame, better?.cluster.id);
    this.#moved.set(frame, evidence);
    this.#went.add(frame);
    return true;
  }

  /** Moves nothing; not even asks where both groups are proposed to be one. */
  #proposeMove(
    frame: FrameId,
    { id: from }: Cluster,
    target: Cluster | undefined,
    evidence: AmendmentEvidence,
  ) {
    const to = placeOf(target?.id ?? -frame);
    const isCovered = [`${from} ${to}`, `${to} ${from}`].some((merge) => this.#proposals.has(merge));
    if (isKnown(from) && !isCovered)
      this.#proposals.set(String(frame), { kind: 'move', frame, from, to, evidence, proposed: true });
    return false;
  }

  *#betterFor(
    frame: FrameId,
    at: Cluster,
    own: Likeness | undefined,
    parts: LikenessParts,
  ): Generator<undefined, Better | undefined> {
    const least = Math.max(
      surelyAlike(parts.limits),
      own === undefined ? -1 : own.score + sureNats / parts.limits.pairs.slope,
    );
    let best: Better | undefined;
    for (const id of this.#candidates(frame, at.id)) {
      const cluster = this.#arrangement.cluster(id);
      // Being near in time takes no frame elsewhere: files that were copied together are near to all others.
      const likeness = bySight(yield* likenessOfFrame(frame, cluster, parts, least));
      if (likeness === undefined || likeness.score < least || this.#isApart(frame, cluster)) continue;
      const isBest = best === undefined || likeness.score > best.likeness.score;
      if (isBest || (likeness.score === best?.likeness.score && id < best.cluster.id))
        best = { cluster, likeness };
    }
    return best;
  }

  /** Groups of the most similar frames, but its own. */
  #candidates(frame: FrameId, own: number): Set<number> {
    const found = new Set<number>();
    for (const { frame: other } of this.#surroundings.of(frame)) {
      if (found.size >= candidatesMax) break;
      const cluster = this.#arrangement.clusterOf(other);
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

  #isTouched({ groups }: Cluster): boolean {
    return groups.some((group) => this.#constraints.isTouched(group));
  }

  /** A person had a hand in it, or put one of its frames there. */
  #isOnlyAsked(cluster: Cluster): boolean {
    return this.#isTouched(cluster) || cluster.members.some((frame) => this.#constraints.isKept(frame));
  }
}

function isKnown(cluster: number): cluster is GroupId {
  return cluster > 0;
}

function placeOf(cluster: number): Moved['to'] {
  return isKnown(cluster) ? cluster : { foundedBy: -cluster as FrameId };
}
