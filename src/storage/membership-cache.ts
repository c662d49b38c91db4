import type { FrameId } from '../domain/frame.ts';
import type { Group, GroupId } from '../domain/group.ts';

/** Who belongs where, in memory: what deciding needs of the store at every frame. 4 bytes for each frame. */
export class MembershipCache {
  readonly #groups = new Map<GroupId, Group>();
  readonly #byFolder = new Map<string, GroupId>();
  readonly #members = new Map<GroupId, FrameId[]>();
  /** Group of each frame by its id; 0 where there is none. */
  #groupOf = new Uint32Array(1024);
  #lastGroup: number;

  /** `lastGroup` is the highest id that was ever given. */
  constructor(lastGroup: GroupId = 0 as GroupId) {
    this.#lastGroup = lastGroup;
  }

  /** An id that no group had before. */
  takeGroupId(): GroupId {
    return ++this.#lastGroup as GroupId;
  }

  group(id: GroupId): Group | undefined {
    return this.#groups.get(id);
  }

  /** All that the store knows, and those that are being founded. */
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

  /** In the order in which they became members. */
  members(group: GroupId): readonly FrameId[] {
    return this.#members.get(group) ?? [];
  }

  /** Groups that hold frames. */
  get groupCount(): number {
    return this.#members.size;
  }

  /** The group that has this folder. */
  groupIn(folder: string): Group | undefined {
    const id = this.#byFolder.get(folder);
    return id === undefined ? undefined : this.#groups.get(id);
  }

  /** Adds a group, or tells more about a known one. */
  putGroup(group: Group): void {
    const before = this.#groups.get(group.id);
    // Another may have taken the folder over meanwhile.
    if (before !== undefined && this.#byFolder.get(before.folder) === group.id)
      this.#byFolder.delete(before.folder);
    this.#groups.set(group.id, group);
    this.#byFolder.set(group.folder, group.id);
  }

  /** Of a group that was being founded, and is not: its name is free again. It has no members. */
  dropGroup(id: GroupId): void {
    const group = this.#groups.get(id);
    if (group !== undefined && this.#byFolder.get(group.folder) === id) this.#byFolder.delete(group.folder);
    this.#groups.delete(id);
  }

  /** Makes a frame a member of one group and of no other. */
  putFrame(frame: FrameId, group: GroupId): void {
    if (frame >= this.#groupOf.length) this.#grow(frame);
    this.forget(frame);
    this.#groupOf[frame] = group;
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
