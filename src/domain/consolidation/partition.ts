import type { FrameId } from '../frame.ts';
import type { GroupId } from '../group.ts';

/** Read-only view of the members of groups. */
export interface MembershipView {
  /** Returns undefined if the frame was forgotten. */
  groupOf(frame: FrameId): GroupId | undefined;
  members(group: GroupId): readonly FrameId[];
}

/** A group after the planned changes. Members are sorted by id. */
export interface Cluster {
  /** The id of an existing group. For a new group: minus the id of its first frame. */
  readonly id: number;
  readonly members: readonly FrameId[];
  /** The groups merged into this cluster, including itself. */
  readonly groups: readonly GroupId[];
}

/** The groups after planned changes. The library's own membership stays unchanged. */
export class Partition {
  readonly #membership: MembershipView;
  readonly #clusters = new Map<number, Cluster>();
  /** Target of each frame that was moved on its own. */
  readonly #movedTo = new Map<FrameId, number>();
  readonly #mergedInto = new Map<number, number>();

  constructor(membership: MembershipView) {
    this.#membership = membership;
  }

  clusterOf(frame: FrameId): number | undefined {
    const id = this.#movedTo.get(frame) ?? this.#membership.groupOf(frame);
    return id === undefined ? undefined : this.rootOf(id);
  }

  /** Returns the group that `id` was merged into, or `id` itself. */
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

  /** Moves a frame to a cluster, or to a new cluster if `to` is undefined. */
  move(frame: FrameId, to: number | undefined): void {
    const from = this.cluster(this.clusterOf(frame) as number);
    this.#clusters.set(from.id, { ...from, members: from.members.filter((member) => member !== frame) });
    const target = to === undefined ? { id: -frame, members: [], groups: [] } : this.cluster(to);
    const members = [...target.members, frame].sort((a, b) => a - b);
    this.#clusters.set(target.id, { ...target, members });
    this.#movedTo.set(frame, target.id);
  }

  /** Moves some frames of one cluster, sorted by id, to a new cluster. */
  splitOff(frames: readonly FrameId[]): void {
    const [first] = frames as readonly [FrameId];
    const from = this.cluster(this.clusterOf(first) as number);
    const leaving = new Set(frames);
    this.#clusters.set(from.id, { ...from, members: from.members.filter((member) => !leaving.has(member)) });
    this.#clusters.set(-first, { id: -first, members: frames, groups: [] });
    for (const frame of frames) this.#movedTo.set(frame, -first);
  }
}
