import type { FrameId } from '../frame.ts';
import type { GroupId } from '../group.ts';

/** Who belongs where, as it is known; it is not changed. */
export interface MembershipView {
  /** Undefined if the frame was forgotten. */
  groupOf(frame: FrameId): GroupId | undefined;
  members(group: GroupId): readonly FrameId[];
}

/** A group as it would become. Members by id. */
export interface Cluster {
  /** Of a group that is there; of one that would be new, minus the id of the frame that founds it. */
  readonly id: number;
  readonly members: readonly FrameId[];
  /** The groups that went into it, itself included. */
  readonly groups: readonly GroupId[];
}

/** How groups would be after some changes, which are tried on it and leave the membership as it is. */
export class Partition {
  readonly #membership: MembershipView;
  readonly #clusters = new Map<number, Cluster>();
  /** Where frames went that were moved one by one. */
  readonly #movedTo = new Map<FrameId, number>();
  readonly #mergedInto = new Map<number, number>();

  constructor(membership: MembershipView) {
    this.#membership = membership;
  }

  clusterOf(frame: FrameId): number | undefined {
    const id = this.#movedTo.get(frame) ?? this.#membership.groupOf(frame);
    return id === undefined ? undefined : this.rootOf(id);
  }

  /** What became of a group: itself, unless it was merged into another. */
  rootOf(id: number): number {
    const into = this.#mergedInto.get(id);
    return into === undefined ? id : this.rootOf(into);
  }

  cluster(id: number): Cluster {
    const known = this.#clusters.get(id);
    if (known !== undefined) return known;
    const members = this.#membership.members(id as GroupId).toSorted((a, b) => a - b);
    const cluster = { id, members, groups: [id as GroupId] };
    this.#clusters.set(id, cluster);
    return cluster;
  }

  merge(from: number, into: number): void {
    const [one, other] = [this.cluster(from), this.cluster(into)];
    const members = [...other.members, ...one.members].sort((a, b) => a - b);
    this.#clusters.set(into, { id: into, members, groups: [...other.groups, ...one.groups] });
    this.#clusters.delete(from);
    this.#mergedInto.set(from, into);
  }

  /** To a cluster, or to be one of its own. */
  move(frame: FrameId, to: number | undefined): void {
    const from = this.cluster(this.clusterOf(frame) as number);
    this.#clusters.set(from.id, { ...from, members: from.members.filter((member) => member !== frame) });
    const target = to === undefined ? { id: -frame, members: [], groups: [] } : this.cluster(to);
    const members = [...target.members, frame].sort((a, b) => a - b);
    this.#clusters.set(target.id, { ...target, members });
    this.#movedTo.set(frame, target.id);
  }

  /** Some of one cluster, by id, to be one of their own. */
  splitOff(frames: readonly FrameId[]): void {
    const [first] = frames as readonly [FrameId];
    const from = this.cluster(this.clusterOf(first) as number);
    const leaving = new Set(frames);
    this.#clusters.set(from.id, { ...from, members: from.members.filter((member) => !leaving.has(member)) });
    this.#clusters.set(-first, { id: -first, members: frames, groups: [] });
    for (const frame of frames) this.#movedTo.set(frame, -first);
  }
}
