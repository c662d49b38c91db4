import type { FrameId } from '../frame.ts';
import type { GroupId } from '../group.ts';
import type { GroupSimilarity } from './group-similarity.ts';

/** A suggested correction of earlier decisions, from later knowledge. */
export type SuggestedChange = Merged | Moved;

export interface Merged {
  readonly kind: 'merge';
  readonly from: GroupId;
  readonly into: GroupId;
  readonly evidence: SuggestedChangeEvidence;
  /** True if the user must confirm: the user edited one of the groups. */
  readonly proposed: boolean;
}

export interface Moved {
  readonly kind: 'move';
  readonly frame: FrameId;
  readonly from: GroupId;
  /** An existing group, or a new group, named by the frame that founds it. */
  readonly to: GroupId | { readonly foundedBy: FrameId };
  readonly evidence: SuggestedChangeEvidence;
  readonly proposed: boolean;
}

export interface SuggestedChangeEvidence {
  /** The join threshold. */
  readonly join: number;
  /** Similarity to the target group. Undefined if the frame founds a group. */
  readonly target: GroupSimilarity | undefined;
  /** Similarity of the frame to the group that it leaves. Undefined if the frame was alone. */
  readonly own: GroupSimilarity | undefined;
  /** Keypoints shared by the two most similar frames, if they decided. */
  readonly inliers?: number;
}

/** Decisions of the user, which always win. */
export interface Constraints {
  /** The frame does not belong to the group. */
  isApart(frame: FrameId, group: GroupId): boolean;
  /** The user placed the frame in its group. */
  isKept(frame: FrameId): boolean;
}
