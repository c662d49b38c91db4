import type { FrameId } from '../domain/frame.ts';
import type { Group, GroupId } from '../domain/group.ts';

/** Group of each frame, in memory. Planned moves count as done. */
export interface MembershipReader {
  group(id: GroupId): Group | undefined;
  groups(): Iterable<Group>;
  groupOf(frame: FrameId): GroupId | undefined;
  countBetween(after: FrameId, last: FrameId): number;
  members(group: GroupId): readonly FrameId[];
  readonly groupCount: number;
  /** The highest id of a frame with a group so far, staged frames included; 0 before the first. */
  readonly lastFrame: FrameId;
  groupIn(folder: string): Group | undefined;
}

/** Membership for decisions: stages decisions before their commit. See LibraryState. */
export interface StagedMembership extends MembershipReader {
  stageGroup(group: Group): void;
  /** Takes back `stageGroup` for a group without members. */
  unstageGroup(id: GroupId): void;
  stageFrame(frame: FrameId, group: GroupId): void;
}

/**
 * Group of each frame, in memory: every decision needs the group. Takes 4 bytes for each frame. Only
 * LibraryState calls `putGroup`, `putFrame` and `forget`.
 */
export class MembershipCache implements StagedMembership {
  readonly #groups = new Map<GroupId, Group>();
  readonly #byFolder = new Map<string, GroupId>();
  readonly #members = new Map<GroupId, FrameId[]>();
  /** Group of each frame by its id; 0 for no group. */
  #groupOf = new Uint32Array(1024);
  #lastGroup = 0 as GroupId;
  #lastFrame = 0 as FrameId;

  /** The highest id of a group so far; 0 before the first. */
  get lastGroup(): GroupId {
    return this.#lastGroup;
  }

  get lastFrame(): FrameId {
    return this.#lastFrame;
  }

  group(id: GroupId): Group | undefined {
    return this.#groups.get(id);
  }

  /** All groups of the store, and staged groups. */
  groups(): Iterable<Group> {
    return this.#groups.values();
  }

  /** The group of a frame; undefined if the frame was forgotten. */
  groupOf(frame: FrameId): GroupId | undefined {
    return (this.#groupOf[frame] || undefined) as GroupId | undefined;
  }

  /** How many frames after `after`, and up to `last`, are not forgotten. */
  countBetween(after: FrameId, last: FrameId): number {
    let count = 0;
    for (let frame = after + 1; frame <= last; frame++) if (this.#groupOf[frame]) count++;
    return count;
  }

  /** In the order of joining. */
  members(group: GroupId): readonly FrameId[] {
    return this.#members.get(group) ?? [];
  }

  /** Number of groups with frames. */
  get groupCount(): number {
    return this.#members.size;
  }

  /** Returns the group with this folder. */
  groupIn(folder: string): Group | undefined {
    const id = this.#byFolder.get(folder);
    return id === undefined ? undefined : this.#groups.get(id);
  }

  /** Adds a group, or updates a known group. */
  putGroup(group: Group): void {
    this.#lastGroup = Math.max(this.#lastGroup, group.id) as GroupId;
    const before = this.#groups.get(group.id);
    // Another may have taken the folder over meanwhile.
    if (before !== undefined && this.#byFolder.get(before.folder) === group.id)
      this.#byFolder.delete(before.folder);
    this.#groups.set(group.id, group);
    this.#byFolder.set(group.folder, group.id);
  }

  stageGroup(group: Group): void {
    this.putGroup(group);
  }

  stageFrame(frame: FrameId, group: GroupId): void {
    this.putFrame(frame, group);
  }

  unstageGroup(id: GroupId): void {
    const group = this.#groups.get(id);
    if (group !== undefined && this.#byFolder.get(group.folder) === id) this.#byFolder.delete(group.folder);
    this.#groups.delete(id);
  }

  /** Puts a frame into a group and removes the frame from its earlier group. */
  putFrame(frame: FrameId, group: GroupId): void {
    if (frame >= this.#groupOf.length) this.#grow(frame);
    this.forget(frame);
    this.#groupOf[frame] = group;
    this.#lastFrame = Math.max(this.#lastFrame, frame) as FrameId;
    const members = this.#members.get(group);
    if (members === undefined) this.#members.set(group, [frame]);
    else members.push(frame);
  }

  forget(frame: FrameId): void {
    const group = this.groupOf(frame);
    if (group === undefined) return;
    this.#groupOf[frame] = 0;
    const members = this.#members.get(group);
    members?.splice(members.indexOf(frame), 1);
    if (members?.length === 0) this.#members.delete(group);
  }

  #grow(frame: FrameId): void {
    const larger = new Uint32Array(Math.max(frame + 1, 2 * this.#groupOf.length));
    larger.set(this.#groupOf);
    this.#groupOf = larger;
  }
}
