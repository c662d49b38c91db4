import { Grouper } from '../src/assign/grouper.ts';
import { type Assignment, assign } from '../src/domain/assign.ts';
import type { Embedding } from '../src/domain/embedding.ts';
import type { FrameId } from '../src/domain/frame.ts';
import type { GroupId, Neighbour } from '../src/domain/group.ts';

/** Knows where a frame belongs without a search, so that a large state is filled in a fraction of the time. */
export class SceneGrouper extends Grouper {
  /** That of the frame at hand. */
  scene = 0;
  readonly #known = new Map<number, Neighbour[]>();

  override decide(): Assignment {
    const near = this.#known.get(this.scene) ?? [];
    return assign(near, { join: 0.75, probabilityAt: () => 0.99 });
  }

  override remember(frame: FrameId, embedding: Embedding, group: GroupId): void {
    super.remember(frame, embedding, group);
    const near = this.#known.get(this.scene) ?? [];
    near.push({ frame, group, similarity: 0.93 });
    this.#known.set(this.scene, near.slice(-3));
    this.#known.delete(this.scene - 1);
  }
}
