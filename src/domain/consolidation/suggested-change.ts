import type { FrameId } from '../frame.ts';
import type { GroupId } from '../group.ts';
import type { GroupSimilarity } from './group-similarity.ts';

/** What should be otherwise, now that more is known than when the frames were decided. */
export type SuggestedChange = Merged | Moved;

export interface Merged {
  readonly kind: 'merge';
  readonly from: GroupId;
  readonly into: GroupId;
  readonly evidence: SuggestedChangeEvidence;
  /** To be asked about: a person had a hand in one of the groups. */
  readonly proposed: boolean;
}

export interface Moved {
  readonly kind: 'move';
  readonly frame: FrameId;
  readonly from: GroupId;
  /** A known group, or a new one: the same for all frames that go there together. */
  readonly to: GroupId | { readonly foundedBy: FrameId };
  readonly evidence: SuggestedChangeEvidence;
  readonly proposed: boolean;
}

export interface SuggestedChangeEvidence {
  /** The score at which frames join. */
  readonly join: number;
  /** To the group that it goes to; undefined if it goes to none that is known. */
  readonly target: GroupSimilarity | undefined;
  /** Of a frame, to the others of the group that it leaves; undefined if it was alone. */
  readonly own: GroupSimilarity | undefined;
  /** Keypoints that the two most alike frames share, where that decided. */
  readonly inliers?: number;
}

/** What a person said, which always wins. */
export interface Constraints {
  /** The frame does not belong to the group. */
  isApart(frame: FrameId, group: GroupId): boolean;
  /** The frame was put where it is. */
  isKept(frame: FrameId): boolean;
  /** What concerns the group is only proposed. */
  isEdited(group: GroupId): boolean;
}
