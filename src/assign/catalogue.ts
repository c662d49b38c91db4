import type { FrameId } from '../domain/frame.ts';
import type { Group, GroupId } from '../domain/group.ts';

/** Who belongs where, in memory: what deciding needs of the store at every frame. 4 bytes for each frame. */
export class Catalogue {
  readonly #groups = new Map<GroupId, Group>();
  readonly #folders = new Set<string>();
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

  get groupCount(): number {
    return this.#groups.size;
  }

  hasFolder(name: string): boolean {
    return this.#folders.has(name);
  }

  /** Adds a group, or tells more about a known one. */
  putGroup(group: Group): void {
    const before = this.#groups.get(group.id);
    if (before !== undefined) this.#folders.delete(before.folder);
    this.#groups.set(group.id, group);
    this.#folders.add(group.folder);
  }

  /** Makes a frame a member of one group and of no other. */
  putFrame(frame: FrameId, group: GroupId): void {
    if (frame >= this.#groupOf.length) this.#grow(frame);
    this.#groupOf[frame] = group;
  }

  forget(frame: FrameId): void {
    if (frame < this.#groupOf.length) this.#groupOf[frame] = 0;
  }

  #grow(frame: FrameId): void {
    const larger = new Uint32Array(Math.max(frame + 1, 2 * this.#groupOf.length));
    larger.set(this.#groupOf);
    this.#groupOf = larger;
  }
}
