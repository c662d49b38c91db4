import {
  type Assignment,
  type Candidate,
  type Evidence,
  type Limits,
  type Member,
  resemblance,
  membersMax as usualMembersMax,
} from '../domain/assignment/assign.ts';
import { type TimeLesson, TimeTrust } from '../domain/assignment/clock-reliability.ts';
import { closeGroups, crowdingAmong, limitsWhere } from '../domain/assignment/crowding.ts';
import { assignSeen, membersInDoubt, type Verdict } from '../domain/assignment/keypoint-evidence.ts';
import { Returns } from '../domain/assignment/revisit-rate.ts';
import { lessonsOf, type Nearby, timeLift } from '../domain/assignment/time-evidence.ts';
import { type Embedding, similarity } from '../domain/embedding.ts';
import type { CaptureTime, FrameId } from '../domain/frame.ts';
import type { GroupId, Neighbour } from '../domain/group.ts';
import { lookedAt } from '../domain/similarity/rerank.ts';
import type { Catalogue } from '../storage/membership-cache.ts';
import type { VectorIndex } from '../storage/vectors/vector-index.ts';
import { Timeline } from './recent-captures.ts';

export interface GrouperOptions {
  readonly limits: Limits;
  /** Nearest frames that are looked at. */
  readonly neighboursMax: number;
  /** Members of a group that a frame is compared with at the most; eight where nothing is said. */
  readonly membersMax?: number;
  /** What is remembered of capture times, anew for each grouper; for measuring what each part of it gives. */
  readonly openTimes?: () => Times;
}

/** What is remembered of capture times, and learned from them. */
export interface Times {
  readonly timeline: Timeline;
  readonly trust: TimeTrust;
  readonly returns: Returns;
}

/** What is known of a frame before its group. */
export interface Sight {
  readonly embedding: Embedding;
  readonly captured: CaptureTime;
}

/** What is found about a frame before it is decided. */
export interface Prospects {
  readonly candidates: readonly Candidate[];
  readonly lessons: readonly TimeLesson[];
  /** What is enough for this frame. */
  readonly limits: Limits;
  /** Members that keypoints should be asked about; none where there is no doubt. */
  readonly inDoubt: readonly FrameId[];
}

type Seen = Pick<Candidate, 'group' | 'members'>;

/** What the evidence of a frame taught. */
export type Taught = Pick<Evidence, 'lessons' | 'known'>;

/** Where embeddings of known frames are found. */
export type EmbeddingOf = (frame: FrameId) => Embedding | undefined;

/** Embeddings of the last frames, which the store may not have yet. */
const recentMax = 1_024;

function openTimes(): Times {
  return { timeline: new Timeline(), trust: new TimeTrust(), returns: new Returns() };
}

/** Finds the groups that a frame could belong to and decides. Deciding changes nothing; `remember` does. */
export class Grouper {
  readonly #index: VectorIndex;
  readonly #catalogue: Catalogue;
  readonly #stored: EmbeddingOf;
  readonly #recent = new Map<FrameId, Embedding>();
  readonly #options: GrouperOptions;
  readonly #times: Times;

  constructor(index: VectorIndex, catalogue: Catalogue, stored: EmbeddingOf, options: GrouperOptions) {
    this.#index = index;
    this.#catalogue = catalogue;
    this.#stored = stored;
    this.#options = options;
    this.#times = (options.openTimes ?? openTimes)();
  }

  /** What capture times taught so far. */
  get trust(): TimeTrust {
    return this.#times.trust;
  }

  get returns(): Returns {
    return this.#times.returns;
  }

  decide(sight: Sight): Assignment {
    return this.settle(this.consider(sight));
  }

  /** Where the frame could belong, and with which members its keypoints should be compared first. */
  consider({ embedding, captured }: Sight): Prospects {
    const neighbours = this.#neighbours(embedding);
    const limits = limitsWhere(crowdingAmong(neighbours), this.#options.limits);
    const nearby = this.#nearby(embedding, captured);
    const lessons = lessonsOf(nearby, captured.origin, this.trust, limits.pairs);
    const seen = this.#seen(embedding, neighbours, nearby);
    const candidates = seen.map((one) => this.#candidate(one, nearby, captured, limits));
    return { candidates, lessons, limits, inDoubt: membersInDoubt(candidates, limits) };
  }

  settle({ candidates, lessons, limits }: Prospects, verdicts: readonly Verdict[] = []): Assignment {
    return assignSeen(candidates, limits, lessons, verdicts);
  }

  /** From here on the frame is a neighbour to those that follow. */
  remember(frame: FrameId, { embedding, captured }: Sight, group: GroupId, taught: Taught = {}): void {
    this.#index.add(frame, embedding);
    this.#catalogue.putFrame(frame, group);
    this.#recent.set(frame, embedding);
    for (const oldest of this.#recent.keys()) {
      if (this.#recent.size <= recentMax) break;
      this.#recent.delete(oldest);
    }
    this.recall(frame, captured, taught);
  }

  embeddingOf(frame: FrameId): Embedding | undefined {
    return this.#recent.get(frame) ?? this.#stored(frame);
  }

  /** Brings back what an earlier run had in mind of a frame; in the order of arrival. */
  recall(frame: FrameId, captured: CaptureTime, { lessons = [], known }: Taught = {}): void {
    const { timeline, trust, returns } = this.#times;
    timeline.add(frame, captured);
    for (const lesson of lessons) trust.learn(lesson);
    const near = Math.max(0, ...lessons.map(({ share }) => share));
    if (known !== undefined) returns.learn(captured.origin, { near, known });
  }

  #nearby(embedding: Embedding, captured: CaptureTime): Nearby[] {
    return this.#times.timeline.near(captured).flatMap(({ frame, spanMs }) => {
      const [group, other] = [this.#catalogue.groupOf(frame), this.embeddingOf(frame)];
      if (group === undefined || other === undefined) return [];
      return [{ frame, group, spanMs, similarity: similarity(embedding, other) }];
    });
  }

  /** The groups nearby in time and those most alike, each with the members most like the frame. */
  #seen(embedding: Embedding, neighbours: readonly Neighbour[], nearby: readonly Nearby[]): Seen[] {
    const seen = new Map<GroupId, Map<FrameId, number>>();
    const see = ({ group, frame, similarity }: Neighbour) => {
      const members = seen.get(group);
      if (members !== undefined) members.set(frame, similarity);
      else seen.set(group, new Map([[frame, similarity]]));
    };
    for (const one of nearby) see(one);
    for (const one of neighbours)
      if (seen.has(one.group) || seen.size < closeGroups + nearby.length) see(one);
    return Array.from(seen, ([group, known]) => ({ group, members: this.#members(embedding, group, known) }));
  }

  #candidate(
    { group, members }: Seen,
    nearby: readonly Nearby[],
    { origin }: CaptureTime,
    limits: Limits,
  ): Candidate {
    const { trust, returns } = this.#times;
    const believed = { trust, returns: returns.oddsOf(origin) };
    const lift = timeLift(group, nearby, origin, believed, limits);
    const own = nearby.filter((one) => one.group === group);
    const [nearest] = own;
    // What is near in time need only be like its neighbours: the camera moves on.
    const alike = lift > 0 ? own.map(({ similarity }) => similarity) : [];
    return {
      group,
      score: Math.max(resemblance(members), ...alike) + lift,
      members,
      ...(lift !== 0 && { lift }),
      ...(nearest && { spanMs: nearest.spanMs }),
    };
  }

  /** Up to eight members, most similar first: those that were seen, and where they are few, others of the group. */
  #members(embedding: Embedding, group: GroupId, known: Map<FrameId, number>): Member[] {
    const { membersMax = usualMembersMax } = this.#options;
    for (const frame of this.#catalogue.members(group)) {
      if (known.size >= membersMax) break;
      const other = known.has(frame) ? undefined : this.embeddingOf(frame);
      if (other !== undefined) known.set(frame, similarity(embedding, other));
    }
    return Array.from(known, ([frame, similar]) => ({ frame, similarity: similar }))
      .sort((a, b) => b.similarity - a.similarity || a.frame - b.frame)
      .slice(0, membersMax);
  }

  /** Forgotten frames stay in the index until it is built again: ask for more when they crowd the rest out. */
  #neighbours(embedding: Embedding): Neighbour[] {
    const { neighboursMax } = this.#options;
    for (let count = neighboursMax; ; count *= 4) {
      const found = this.#index.search(embedding, count);
      const near = lookedAt(found, embedding, (frame) => this.embeddingOf(frame));
      const known = near.flatMap(({ frame, similarity }) => {
        const group = this.#catalogue.groupOf(frame);
        return group === undefined ? [] : [{ frame, group, similarity }];
      });
      if (known.length >= neighboursMax || near.length < count) return known.slice(0, neighboursMax);
    }
  }
}
