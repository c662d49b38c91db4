import {
  type Assignment,
  type Candidate,
  type Evidence,
  groupScore,
  type Member,
  type Thresholds,
  membersMax as usualMembersMax,
} from '../domain/assignment/assign.ts';
import { ClockReliability, type TimeObservation } from '../domain/assignment/clock-reliability.ts';
import { adjustForCrowding, closeGroups, crowdingAmong } from '../domain/assignment/crowding.ts';
import {
  assignWithKeypoints,
  type KeypointMatch,
  membersToVerify,
} from '../domain/assignment/keypoint-evidence.ts';
import { RevisitRate } from '../domain/assignment/revisit-rate.ts';
import { type Nearby, observationsOf, timeBonus } from '../domain/assignment/time-evidence.ts';
import { type Embedding, similarity } from '../domain/embedding.ts';
import type { CaptureTime, FrameId } from '../domain/frame.ts';
import type { GroupId, Neighbour } from '../domain/group.ts';
import { rerank } from '../domain/similarity/rerank.ts';
import type { StagedMembership } from '../storage/membership-cache.ts';
import type { VectorIndex } from '../storage/vectors/vector-index.ts';
import { RecentCaptures } from './recent-captures.ts';

export interface GroupMatcherOptions {
  readonly thresholds: Thresholds;
  /** Nearest frames to search for. */
  readonly neighboursMax: number;
  /** Most members of a group to compare with; defaults to eight. */
  readonly membersMax?: number;
  /** Creates the state of capture times for a matcher; replaced in measurements of single parts. */
  readonly openTimes?: () => Times;
}

/** Recent capture times, and the rates learned from them. */
export interface Times {
  readonly recentCaptures: RecentCaptures;
  readonly clockReliability: ClockReliability;
  readonly revisitRate: RevisitRate;
}

/** Features of a frame before its decision. */
export interface FrameFeatures {
  readonly embedding: Embedding;
  readonly captured: CaptureTime;
}

/** Candidates and thresholds for one frame, before its decision. */
export interface MatchResult {
  readonly candidates: readonly Candidate[];
  readonly observations: readonly TimeObservation[];
  /** Thresholds for this frame, adjusted for crowding. */
  readonly thresholds: Thresholds;
  /** Members to verify by keypoints; none if there is no doubt. */
  readonly toVerify: readonly FrameId[];
}

type ComparedGroup = Pick<Candidate, 'group' | 'members'>;

/** Observations from the evidence of a frame. */
export type StoredObservations = Pick<Evidence, 'lessons' | 'known'>;

/** Returns the embeddings of the known frames among `frames`. */
export type EmbeddingsOf = (frames: readonly FrameId[]) => Promise<ReadonlyMap<FrameId, Embedding>>;

/** Recent embeddings to keep, because the store may not have them yet. */
const recentMax = 1_024;

function openTimes(): Times {
  return {
    recentCaptures: new RecentCaptures(),
    clockReliability: new ClockReliability(),
    revisitRate: new RevisitRate(),
  };
}

/** Finds the candidate groups of a frame and decides. Decisions change nothing; `add` does. */
export class GroupMatcher {
  readonly #index: VectorIndex;
  readonly #membership: StagedMembership;
  readonly #stored: EmbeddingsOf;
  readonly #recent = new Map<FrameId, Embedding>();
  readonly #options: GroupMatcherOptions;
  readonly #times: Times;

  constructor(
    index: VectorIndex,
    membership: StagedMembership,
    stored: EmbeddingsOf,
    options: GroupMatcherOptions,
  ) {
    this.#index = index;
    this.#membership = membership;
    this.#stored = stored;
    this.#options = options;
    this.#times = (options.openTimes ?? openTimes)();
  }

  /** Reliability of capture times so far. */
  get clockReliability(): ClockReliability {
    return this.#times.clockReliability;
  }

  get revisitRate(): RevisitRate {
    return this.#times.revisitRate;
  }

  async assign(features: FrameFeatures): Promise<Assignment> {
    return this.decide(await this.match(features));
  }

  /** Returns the candidate groups of a frame, and the members to verify by keypoints first. */
  async match({ embedding, captured }: FrameFeatures): Promise<MatchResult> {
    const neighbours = await this.#neighbours(embedding);
    const thresholds = adjustForCrowding(crowdingAmong(neighbours), this.#options.thresholds);
    const nearby = await this.#nearby(embedding, captured);
    const observations = observationsOf(nearby, captured.origin, this.clockReliability, thresholds.pairs);
    const groups = await this.#groupsToCompare(embedding, neighbours, nearby);
    const candidates = groups.map((one) => this.#candidate(one, nearby, captured, thresholds));
    return {
      candidates,
      observations,
      thresholds,
      toVerify: membersToVerify(candidates, thresholds),
    };
  }

  decide(
    { candidates, observations, thresholds }: MatchResult,
    matches: readonly KeypointMatch[] = [],
  ): Assignment {
    return assignWithKeypoints(candidates, thresholds, observations, matches);
  }

  /** Makes the frame a neighbour for later frames. */
  async add(
    frame: FrameId,
    { embedding, captured }: FrameFeatures,
    group: GroupId,
    stored: StoredObservations = {},
  ): Promise<void> {
    await this.#index.add([{ frame, embedding }]);
    this.#membership.stageFrame(frame, group);
    this.#recent.set(frame, embedding);
    for (const oldest of this.#recent.keys()) {
      if (this.#recent.size <= recentMax) break;
      this.#recent.delete(oldest);
    }
    this.replay(frame, captured, stored);
  }

  /** Returns the embeddings of the known frames, also of frames without a commit yet. */
  async embeddingsOf(frames: readonly FrameId[]): Promise<ReadonlyMap<FrameId, Embedding>> {
    const older = frames.filter((frame) => !this.#recent.has(frame));
    const found = new Map(older.length > 0 ? await this.#stored(older) : []);
    for (const frame of frames) {
      const recent = this.#recent.get(frame);
      if (recent !== undefined) found.set(frame, recent);
    }
    return found;
  }

  /** Restores the memory of a frame from an earlier run. Call in the order of arrival. */
  replay(
    frame: FrameId,
    captured: CaptureTime,
    { lessons: observations = [], known }: StoredObservations = {},
  ): void {
    const { recentCaptures, clockReliability, revisitRate } = this.#times;
    recentCaptures.add(frame, captured);
    for (const observation of observations) clockReliability.observe(observation);
    const near = Math.max(0, ...observations.map(({ share }) => share));
    if (known !== undefined) revisitRate.observe(captured.origin, { near, known });
  }

  async #nearby(embedding: Embedding, captured: CaptureTime): Promise<Nearby[]> {
    const near = this.#times.recentCaptures.near(captured);
    const embeddings = await this.embeddingsOf(near.map(({ frame }) => frame));
    return near.flatMap(({ frame, spanMs }) => {
      const [group, other] = [this.#membership.groupOf(frame), embeddings.get(frame)];
      if (group === undefined || other === undefined) return [];
      return [{ frame, group, spanMs, similarity: similarity(embedding, other) }];
    });
  }

  /** Returns the groups nearby in time and the most similar groups, each with its most similar members. */
  async #groupsToCompare(
    embedding: Embedding,
    neighbours: readonly Neighbour[],
    nearby: readonly Nearby[],
  ): Promise<ComparedGroup[]> {
    const groups = new Map<GroupId, Map<FrameId, number>>();
    const see = ({ group, frame, similarity }: Neighbour) => {
      const members = groups.get(group);
      if (members !== undefined) members.set(frame, similarity);
      else groups.set(group, new Map([[frame, similarity]]));
    };
    for (const one of nearby) see(one);
    for (const one of neighbours)
      if (groups.has(one.group) || groups.size < closeGroups + nearby.length) see(one);
    await this.#fillUp(embedding, groups);
    return Array.from(groups, ([group, known]) => ({ group, members: this.#mostSimilar(known) }));
  }

  #candidate(
    { group, members }: ComparedGroup,
    nearby: readonly Nearby[],
    { origin }: CaptureTime,
    thresholds: Thresholds,
  ): Candidate {
    const { clockReliability, revisitRate } = this.#times;
    const believed = { clockReliability, revisitRate: revisitRate.oddsOf(origin) };
    const bonus = timeBonus(group, nearby, origin, believed, thresholds);
    const own = nearby.filter((one) => one.group === group);
    const [nearest] = own;
    // A frame close in time need only resemble its neighbours in time: the camera moves on.
    const alike = bonus > 0 ? own.map(({ similarity }) => similarity) : [];
    return {
      group,
      score: Math.max(groupScore(members), ...alike) + bonus,
      members,
      ...(bonus !== 0 && { lift: bonus }),
      ...(nearest && { spanMs: nearest.spanMs }),
    };
  }

  /** Adds other members to groups with fewer than eight search results. */
  async #fillUp(embedding: Embedding, groups: ReadonlyMap<GroupId, Map<FrameId, number>>): Promise<void> {
    const others = new Map(Array.from(groups, ([group, known]) => [group, this.#others(group, known)]));
    const embeddings = await this.embeddingsOf(Array.from(others.values()).flat());
    for (const [group, known] of groups)
      for (const frame of others.get(group) ?? []) {
        const other = embeddings.get(frame);
        if (other !== undefined) known.set(frame, similarity(embedding, other));
      }
  }

  /** Returns members to compare besides the known members. */
  #others(group: GroupId, known: ReadonlyMap<FrameId, number>): FrameId[] {
    const { membersMax = usualMembersMax } = this.#options;
    const others: FrameId[] = [];
    for (const frame of this.#membership.members(group)) {
      if (known.size + others.length >= membersMax) break;
      if (!known.has(frame)) others.push(frame);
    }
    return others;
  }

  /** Returns up to eight members, most similar first. */
  #mostSimilar(known: ReadonlyMap<FrameId, number>): Member[] {
    const { membersMax = usualMembersMax } = this.#options;
    return Array.from(known, ([frame, similar]) => ({ frame, similarity: similar }))
      .sort((a, b) => b.similarity - a.similarity || a.frame - b.frame)
      .slice(0, membersMax);
  }

  /**
   * The index keeps forgotten frames until it is rebuilt. Searches for more if they displace known frames.
   */
  async #neighbours(embedding: Embedding): Promise<Neighbour[]> {
    const { neighboursMax } = this.#options;
    for (let count = neighboursMax; ; count *= 4) {
      const found = await this.#index.search(embedding, count);
      const embeddings = await this.embeddingsOf(found.map(({ frame }) => frame));
      const near = rerank(found, embedding, (frame) => embeddings.get(frame));
      const known = near.flatMap(({ frame, similarity }) => {
        const group = this.#membership.groupOf(frame);
        return group === undefined ? [] : [{ frame, group, similarity }];
      });
      if (known.length >= neighboursMax || near.length < count) return known.slice(0, neighboursMax);
    }
  }
}
