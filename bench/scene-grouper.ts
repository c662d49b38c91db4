import type { Limits, Member } from '../src/domain/assignment/assign.ts';
import type { FrameId } from '../src/domain/frame.ts';
import type { GroupId } from '../src/domain/group.ts';
import { Grouper, type Prospects, type Sight } from '../src/grouping/group-matcher.ts';

/** Knows where a frame belongs without a search, so that a large state is filled in a fraction of the time. */
export class SceneGrouper extends Grouper {
  /** That of the frame at hand. */
  scene = 0;
  readonly #known = new Map<number, { readonly group: GroupId; readonly members: Member[] }>();

  readonly #limits: Limits;

  constructor(...parts: ConstructorParameters<typeof Grouper>) {
    super(...parts);
    this.#limits = parts[3].limits;
  }

  override consider(): Prospects {
    const known = this.#known.get(this.scene);
    const candidates = known === undefined ? [] : [{ ...known, score: 0.93 }];
    return { candidates, lessons: [], limits: this.#limits, inDoubt: [] };
  }

  override remember(frame: FrameId, sight: Sight, group: GroupId): void {
    super.remember(frame, sight, group);
    const members = [...(this.#known.get(this.scene)?.members ?? []), { frame, similarity: 0.93 }];
    this.#known.set(this.scene, { group, members: members.slice(-3) });
    this.#known.delete(this.scene - 1);
  }
}
