import type { Evidence } from '../domain/assignment/assign.ts';
import type { Correction } from '../domain/corrections.ts';
import type { Embedding, EmbeddingSpace } from '../domain/embedding.ts';
import type { Fingerprint, Frame, FrameId } from '../domain/frame.ts';
import type { FrameErrorReason } from '../domain/frame-error.ts';
import type { Group, GroupId } from '../domain/group.ts';
import type { ChangeReason, FrameMove, GroupChange, Location, PendingMove } from '../domain/group-change.ts';
import type { Keypoints } from '../domain/keypoints.ts';
import type { Placement } from '../domain/placement.ts';

export type { Correction };

/**
 * The truth: what has been decided, durably. Every verb that writes is one transaction, whole or absent, and on disk
 * when it returns; it throws TransientError when the disk refuses.
 */
export interface Store extends StoreReader {
  /** Records decisions in their order. */
  commit(decisions: readonly Decision[]): void;
  /** Records that files are where their placements said, unless a person moved them since; or another name to try. */
  markPlaced(placed: readonly Placed[]): void;
  /** Forgets frames whose pictures are gone: they attract nothing any more. */
  forget(frames: readonly FrameId[]): void;
  /** Applies what a person changed in the library. */
  applyUserChanges(changes: readonly UserChange[]): void;
  readonly spaces: Spaces;
  readonly regroupings: GroupChangeTable;
  /** Forgets that these were ever in quarantine; where their files stand, they are new. */
  release(quarantined: readonly Quarantined[]): void;
  /** Records what a person changed before this store began. */
  correct(corrections: readonly Correction[]): void;
  /** Records that the library's manifests say how it is with these. */
  markWritten(listed: readonly ManifestEntry[]): void;
  readonly keypoints: KeypointTable;
  /** Small blobs by name, for derived state that lives beside the truth. */
  readonly blobs: Blobs;
  close(): Promise<void>;
}

export interface StoreReader {
  readonly spaces: Pick<Spaces, 'list' | 'count' | 'read' | 'choice'>;
  readonly blobs: Pick<Blobs, 'get'>;
  readonly regroupings: Pick<GroupChangeTable, 'journal' | 'get' | 'underWay' | 'pendingMove' | 'touched'>;
  groups(): Iterable<Group>;
  group(id: GroupId): Group | undefined;
  /** Name of a group's folder in the library. */
  folderOf(group: GroupId): string;
  /** Which group each frame belongs to, in any order. */
  memberships(): Iterable<{ readonly frame: FrameId; readonly group: GroupId }>;
  /** In order of arrival, those after `after`. */
  embeddings(after: FrameId): Iterable<StoredEmbedding>;
  /** One frame's vector, at the cost of one look-up; undefined if it is not known, or forgotten. */
  embedding(frame: FrameId): Embedding | undefined;
  filing(frame: FrameId): FrameRecord | undefined;
  members(group: GroupId): Iterable<FrameId>;
  frameAt(group: GroupId, name: string): FrameId | undefined;
  frameWith(fingerprint: Fingerprint): FrameId | undefined;
  /** What became of the file at `path`, if it is remembered. */
  source(path: string): Source | undefined;
  /** Placements that are recorded and perhaps not carried out. */
  planned(): Iterable<FrameId>;
  quarantined(): Iterable<Quarantined>;
  /** What a person changed, in the order in which it was seen. */
  corrections(): Iterable<Correction>;
  /** Members that came, changed or went, and of which the library's manifests don't tell yet. */
  unwritten(): Iterable<ManifestEntry>;
  counts(): Counts;
  /** The highest ids given so far, 0 before the first; and what the last decision left for keypoints. */
  last(): {
    readonly frame: FrameId;
    readonly group: GroupId;
    readonly quarantined: number;
    readonly keypointCredit: number | undefined;
  };
}

export interface StoredEmbedding {
  readonly frame: FrameId;
  readonly embedding: Embedding;
}

/** The embedding spaces that the store has vectors of: the one that decisions use, and others beside it. */
export interface Spaces {
  /** Their ids; the one that decisions use is the first. */
  list(): string[];
  /** How many frames have a vector in it. */
  count(id: string): number;
  /** Another space; begun if it is new. */
  create(space: EmbeddingSpace): VectorTable;
  /** One that was begun. */
  read(space: EmbeddingSpace): Pick<VectorTable, 'missing' | 'embeddings'>;
  /** From now on decisions use this space, by this choice. Every frame must have a vector in it. */
  activate(space: EmbeddingSpace, choice: ModelChoice | undefined): void;
  /** Undefined when the configuration names the model of the space that decisions use. */
  readonly choice: ModelChoice | undefined;
  /** Drops all vectors of a space that decisions do not use. */
  drop(space: EmbeddingSpace): void;
}

/** A model that decides in place of the configured one, for as long as the configuration names that one. */
export interface ModelChoice {
  /** `embed.model` of the configuration that it takes the place of. */
  readonly configured: string;
  readonly model: string;
  readonly calibration: string | null;
  readonly joinSimilarity: number | null;
}

/** The vectors of a space that is filled while decisions use another one. */
export interface VectorTable {
  /** One transaction. Frames that were forgotten meanwhile are left out. */
  put(embedded: readonly StoredEmbedding[]): void;
  /** Up to `count` frames after `after` that have no vector here, in order of arrival. */
  missing(after: FrameId, count: number): FrameId[];
  embeddings(after: FrameId): Iterable<StoredEmbedding>;
}

/** Keypoints of frames that were in doubt, or that others were compared with: those asked for last, and not too many. */
export interface KeypointTable {
  get(frame: FrameId): Keypoints | undefined;
  /** One transaction. Frames that the store does not know, or has forgotten, are left out. */
  put(described: Iterable<readonly [FrameId, Keypoints]>): void;
}

export interface Blobs {
  get(key: string): Buffer | undefined;
  /** One transaction. */
  put(key: string, value: Buffer): void;
  keys(prefix: string): string[];
  delete(keys: readonly string[]): void;
}

export type Decision = FilingDecision | QuarantineDecision | SkipDecision;

export interface FilingDecision {
  readonly kind: 'file';
  readonly frame: Frame;
  readonly embedding: Embedding;
  /** Set when this frame founds its group. */
  readonly founded: Group | undefined;
  readonly evidence: Evidence;
  readonly placement: Placement;
  /** Where it is placed already: device and inode of its file. */
  readonly fileId?: string;
  /** What is left for keypoints after this frame. */
  readonly keypointCredit?: number;
}

export interface QuarantineDecision {
  readonly kind: 'quarantine';
  readonly quarantined: Quarantined;
}

/** A file that is left where it is, and not looked at again while it stays the same. */
export interface SkipDecision {
  readonly kind: 'skip';
  readonly source: string;
  readonly identity: string;
  readonly reason: 'duplicate' | 'no-picture';
}

export interface FrameRecord {
  readonly frame: Frame;
  readonly evidence: Evidence;
  readonly placement: Placement;
  /** Device and inode of the file in the library, once it was placed. */
  readonly fileId: string | undefined;
}

export interface Source {
  readonly identity: string;
  readonly frame: FrameId | undefined;
}

export interface Quarantined {
  readonly id: number;
  readonly source: string;
  readonly identity: string;
  readonly reason: FrameErrorReason;
  readonly message: string;
  readonly whenMs: number;
  /**
   * `left`: it stays in the inbox; else it is moved into the library's quarantine. `returning`: it is to go back, and to
   * be tried again.
   */
  readonly state: 'left' | 'planned' | 'placed' | 'returning';
}

export interface Placed {
  readonly frame: FrameId;
  readonly group: GroupId;
  readonly name: string;
  readonly state: Placement['state'];
  readonly fileId: string | undefined;
}

/** What a person did in the library, as reconcile understood it. */
export type UserChange =
  | {
      readonly kind: 'moved';
      readonly frame: FrameId;
      readonly from: GroupId;
      readonly group: GroupId;
      readonly name: string;
      readonly fileId: string;
      readonly evidence: Evidence;
    }
  | { readonly kind: 'renamed-group'; readonly group: GroupId; readonly folder: string }
  | { readonly kind: 'founded-group'; readonly group: Group };

/** A frame in, or no more in, the manifest of a group. */
export interface ManifestEntry {
  readonly group: GroupId;
  readonly frame: FrameId;
}

/** Pictures that change their group: what is recorded, under way and done. Every verb that writes is one transaction. */
export interface GroupChangeTable {
  /** In the order in which they were recorded. */
  journal(): Iterable<GroupChange>;
  get(id: number): GroupChange | undefined;
  /** Moves that are recorded and perhaps not carried out, and those that a person crossed. */
  underWay(): Iterable<PendingMove>;
  pendingMove(frame: FrameId): PendingMove | undefined;
  /** Groups that lost their last frame to a change of ours, and whose folders are perhaps still there. */
  emptied(): Iterable<GroupId>;
  /** Groups that a person renamed or founded, or in which a person renamed, brought or took a picture, by hand or by a command. */
  touched(): Iterable<GroupId>;
  /** Records a change and its moves; the id of its entry. Until they are carried out the frames stay where they are. */
  plan(change: PlannedGroupChange): number;
  /** Another name to try. */
  rename(frame: FrameId, name: string): void;
  /** The file has its new name, and is about to lose the old one. */
  markLinked(frame: FrameId): void;
  /** Records that frames are where their moves said, unless a person crossed them. */
  finishMoves(done: readonly FinishedMove[]): void;
  /** The frame stays where the store says that it is. */
  drop(frame: FrameId): void;
  /** Nothing is left of a move that was dropped. */
  end(frame: FrameId): void;
  /** Nothing of ours is left of an emptied group's folder. */
  markRemoved(group: GroupId): void;
}

export interface PlannedGroupChange {
  readonly whenMs: number;
  readonly why: ChangeReason;
  readonly frames: readonly PlannedMove[];
  readonly undoes?: number | undefined;
  /** A new group that some of them go to. */
  readonly founded?: Group | undefined;
  /** A blob that is written in the same transaction, once the change has its id. */
  readonly note?: ((id: number) => { readonly key: string; readonly value: Buffer }) | undefined;
}

export interface PlannedMove extends FrameMove {
  readonly identity: string;
}

export interface FinishedMove {
  readonly frame: FrameId;
  readonly to: Location;
  /** Device and inode of the file. */
  readonly fileId: string;
}

export interface Counts {
  readonly frames: number;
  readonly groups: number;
  /** Placements and moves that are recorded and perhaps not carried out. */
  readonly planned: number;
  readonly quarantined: number;
}
