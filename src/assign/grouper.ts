import {
  type Assignment,
  type Candidate,
  type Evidence,
  type Limits,
  type Member,
  resemblance,
  membersMax as usualMembersMax,
} from '../domain/assign.ts';
import { type Embedding, similarity } from '../domain/embedding.ts';
import type { CaptureTime, FrameId } from '../domain/frame.ts';
import type { GroupId } from '../domain/group.ts';
import { assignSeen, membersInDoubt, type Verdict } from '../domain/keypoint-evidence.ts';
import { Returns } from '../domain/returns.ts';
import { lessonsOf, type Nearby, timeLift } from '../domain/time-evidence.ts';
import { type TimeLesson, TimeTrust } from '../domain/time-trust.ts';
import type { VectorIndex } from '../vectors/vector-index.ts';
import type { Catalogue } from './catalogue.ts';
import { Timeline } from './timeline.ts';

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
  /** Members that keypoints should be asked about; none where there is no doubt. */
  readonly inDoubt: readonly FrameId[];
}

/** What the evidence of a frame taught. */
export type Taught = Pick<Evidence, 'lessons' | 'known'>;

/** Where embeddings of known frames are found. */
export type EmbeddingOf = (frame: FrameId) => Embedding | undefined;

/** Embeddings of the last frames, which the store may not have yet. */
const recentMax = 1_024;

/** Groups that are looked at closely. */
const candidatesMax = 6;

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
    const { limits } = this.#options;
    const nearby = this.#nearby(embedding, captured);
    const lessons = lessonsOf(nearby, captured.origin, this.#times.trust, limits.pairs);
    const candidates = this.#candidates(embedding, captured, nearby);
    return { candidates, lessons, inDoubt: membersInDoubt(candidates, limits) };
  }

  settle({ candidates, lessons }: Prospects, verdicts: readonly Verdict[] = []): Assignment {
    return assignSeen(candidates, this.#options.limits, lessons, verdicts);
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

  #candidates(embedding: Embedding, captured: CaptureTime, nearby: readonly Nearby[]): Candidate[] {
    const seen = new Map<GroupId, Map<FrameId, number>>();
    const see = (group: GroupId, frame: FrameId, similar: number) => {
      const members = seen.get(group);
      if (members !== undefined) members.set(frame, similar);
      else seen.set(group, new Map([[frame, similar]]));
    };
    for (const { frame, group, similarity } of nearby) see(group, frame, similarity);
    for (const { frame, group, similarity } of this.#neighbours(embedding)) {
      if (seen.has(group) || seen.size < candidatesMax + nearby.length) see(group, frame, similarity);
    }
    return Array.from(seen, ([group, known]) => {
      return this.#candidate(group, this.#members(embedding, group, known), nearby, captured);
    });
  }

  #candidate(
    group: GroupId,
    members: readonly Member[],
    nearby: readonly Nearby[],
    { origin }: CaptureTime,
  ): Candidate {
    const { trust, returns } = this.#times;
    const believed = { trust, returns: returns.oddsOf(origin) };
    const lift = timeLift(group, nearby, origin, believed, this.#options.limits);
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
  #neighbours(embedding: Embedding): { frame: FrameId; group: GroupId; similarity: number }[] {
    const { neighboursMax } = this.#options;
    for (let count = neighboursMax; ; count *= 4) {
      const near = this.#index.search(embedding, count);
      const known = near.flatMap(({ frame, similarity }) => {
        const group = this.#catalogue.groupOf(frame);
        return group === undefined ? [] : [{ frame, group, similarity }];
      });
      if (known.length >= neighboursMax || near.length < count) return known.slice(0, neighboursMax);
    }
  }
}
