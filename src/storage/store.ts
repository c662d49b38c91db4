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
 * The truth: all decisions, durable. Every writing method is one transaction, complete or absent, and on disk
 * when the method returns. Throws TransientError if the disk refuses.
 */
export interface Store extends StoreReader {
  /** Records decisions in their order. */
  commit(decisions: readonly Decision[]): void;
  /**
   * Records that files are in their places, unless a person moved the files since. Or records another name to
   * try.
   */
  markPlaced(placed: readonly Placed[]): void;
  /** Forgets frames without a picture: no arrival joins them any more. */
  forget(frames: readonly FrameId[]): void;
  /** Records the user's changes in the library. */
  applyUserChanges(changes: readonly UserChange[]): void;
  readonly spaces: Spaces;
  readonly regroupings: GroupChangeTable;
  /** Forgets quarantine entries. The files count as new. */
  release(quarantined: readonly Quarantined[]): void;
  /** Records the user's changes from before this store. */
  correct(corrections: readonly Correction[]): void;
  /** Records that the manifests are up to date about these entries. */
  markWritten(listed: readonly ManifestEntry[]): void;
  readonly keypoints: KeypointTable;
  readonly requests: RequestTable;
  readonly settings: SettingTable;
  /** Saved segments of the index: derived data, which may be deleted at any time. */
  readonly segments: Blobs;
  close(): Promise<void>;
}

export interface StoreReader {
  readonly spaces: Pick<Spaces, 'list' | 'count' | 'read' | 'choice'>;
  readonly requests: Pick<RequestTable, 'get'>;
  readonly settings: Pick<SettingTable, 'get'>;
  readonly regroupings: Pick<GroupChangeTable, 'journal' | 'get' | 'underWay' | 'pendingMove' | 'touched'>;
  groups(): Iterable<Group>;
  group(id: GroupId): Group | undefined;
  /** Name of a group's folder in the library. */
  folderOf(group: GroupId): string;
  /** The group of each frame, in any order. */
  memberships(): Iterable<{ readonly frame: FrameId; readonly group: GroupId }>;
  /** Embeddings after the frame `after`, in order of arrival. */
  embeddings(after: FrameId): Iterable<StoredEmbedding>;
  /** Returns a frame's vector by a single read; undefined if the frame is unknown or forgotten. */
  embedding(frame: FrameId): Embedding | undefined;
  filing(frame: FrameId): FrameRecord | undefined;
  members(group: GroupId): Iterable<FrameId>;
  frameAt(group: GroupId, name: string): FrameId | undefined;
  frameWith(fingerprint: Fingerprint): FrameId | undefined;
  /** Returns the recorded file at `path`; undefined if there is no record. */
  source(path: string): Source | undefined;
  /** Placements recorded and perhaps not carried out. */
  planned(): Iterable<FrameId>;
  quarantined(): Iterable<Quarantined>;
  /** The user's changes, in order. */
  corrections(): Iterable<Correction>;
  /** Members added, changed or removed since the last manifest. */
  unwritten(): Iterable<ManifestEntry>;
  counts(): Counts;
  /**
   * The highest ids so far, 0 before the first; and the credit for keypoint verification after the last
   * decision.
   */
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

/** The embedding spaces with vectors in the store: the space in use, and others. */
export interface Spaces {
  /** Ids of the spaces; the space in use comes first. */
  list(): string[];
  /** Number of frames with a vector in the space. */
  count(id: string): number;
  /** Opens another space for writing. Creates a new space. */
  create(space: EmbeddingSpace): VectorTable;
  /** Opens an existing space. */
  read(space: EmbeddingSpace): Pick<VectorTable, 'missing' | 'embeddings'>;
  /** Makes decisions use the space from now on. Every frame must have a vector in the space. */
  activate(space: EmbeddingSpace, choice: ModelChoice | undefined): void;
  /** Undefined if the configuration names the model in use. */
  readonly choice: ModelChoice | undefined;
  /** Drops all vectors of a space not in use. */
  drop(space: EmbeddingSpace): void;
}

/** A model in place of the configured model, as long as the configuration stays the same. */
export interface ModelChoice {
  /** `embed.model` of the replaced configuration. */
  readonly configured: string;
  readonly model: string;
  readonly calibration: string | null;
  readonly joinSimilarity: number | null;
}

/** The vectors of a space beside the space in use. */
export interface VectorTable {
  /** One transaction. Leaves out frames forgotten meanwhile. */
  put(embedded: readonly StoredEmbedding[]): void;
  /** Returns up to `count` frames after `after` without a vector, in order of arrival. */
  missing(after: FrameId, count: number): FrameId[];
  embeddings(after: FrameId): Iterable<StoredEmbedding>;
}

/** Keypoints of doubtful frames and of compared frames. Keeps a limited number: the latest used. */
export interface KeypointTable {
  /** Returns the known keypoints of the frames. */
  get(frames: readonly FrameId[]): Promise<ReadonlyMap<FrameId, Keypoints>>;
  /** One transaction. Leaves out unknown and forgotten frames. */
  put(described: Iterable<readonly [FrameId, Keypoints]>): Promise<void>;
}

/**
 * Users' requests: bytes by key. Commands write beside the owner of the state, so a change checks the latest
 * bytes.
 */
export interface RequestTable {
  get(key: string): Promise<Buffer | undefined>;
  /** Returns the requests with this prefix of the key, in the order of their keys. */
  list(prefix: string): Promise<readonly RequestBytes[]>;
  /** One transaction. */
  put(request: RequestBytes): Promise<void>;
  /**
   * Changes the latest bytes of a request, within one transaction. Returns the new bytes. Returns undefined
   * and writes nothing if the request is gone, or if `change` returns undefined.
   */
  update(key: string, change: (latest: Buffer) => Buffer | undefined): Promise<Buffer | undefined>;
  delete(keys: readonly string[]): Promise<void>;
}

/** Single values by name: the library's id, the progress of the consolidation. */
export interface SettingTable {
  get(name: string): Promise<Buffer | undefined>;
  /** One transaction. */
  put(name: string, value: Buffer): Promise<void>;
}

/** Bytes by key. */
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
  /** Set if the frame founds its group. */
  readonly founded: Group | undefined;
  readonly evidence: Evidence;
  readonly placement: Placement;
  /** Device and inode of a file already placed. */
  readonly fileId?: string;
  /** Credit for keypoint verification after this frame. */
  readonly keypointCredit?: number;
}

export interface QuarantineDecision {
  readonly kind: 'quarantine';
  readonly quarantined: Quarantined;
}

/** A file left in its place. framesort ignores the file until the file changes. */
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
  /** Device and inode of the file in the library, after the placement. */
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
   * `left`: stays in the inbox. `planned`: to be moved into the library's quarantine. `returning`: to be
   * moved back for a retry.
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

/** A user's change of the library, from reconciliation. */
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

/**
 * Pictures that change their group: plans, moves under way, journal. Every writing method is one transaction.
 */
export interface GroupChangeTable {
  /** In order of recording. */
  journal(): Iterable<GroupChange>;
  get(id: number): GroupChange | undefined;
  /** Moves recorded and perhaps not carried out, and abandoned moves before their cleaning. */
  underWay(): Iterable<PendingMove>;
  pendingMove(frame: FrameId): PendingMove | undefined;
  /** Groups emptied by our own changes, perhaps with a folder left. */
  emptied(): Iterable<GroupId>;
  /**
   * Groups edited by a user: renamed, founded, or with a picture renamed, added or removed, by hand or by
   * command.
   */
  touched(): Iterable<GroupId>;
  /**
   * Records a change and its moves. The frames stay in their places until the moves are carried out. Leaves
   * out a frame that is no longer at `from`, and a frame with another move under way: the transaction checks
   * both. Records nothing if moves were given and none is left.
   */
  plan(change: PlannedGroupChange): RecordedPlan;
  /** Another name to try. */
  rename(frame: FrameId, name: string): void;
  /** Records that the file has its new name and is about to lose the old name. */
  markLinked(frame: FrameId): void;
  /** Records that moves are carried out, unless the user abandoned them. */
  finishMoves(done: readonly FinishedMove[]): void;
  /** Abandons the move: the frame stays in its recorded place. */
  drop(frame: FrameId): void;
  /** Ends an abandoned move after its cleaning. */
  end(frame: FrameId): void;
  /** Nothing of ours is left of an emptied group's folder. */
  markRemoved(group: GroupId): void;
}

export interface PlannedGroupChange {
  readonly whenMs: number;
  readonly why: ChangeReason;
  readonly frames: readonly PlannedMove[];
  readonly undoes?: number | undefined;
  /** A new group, the target of some moves. */
  readonly founded?: Group | undefined;
  /** The note of a request to write in the same transaction, made from the recorded change. */
  readonly note?: ((id: number, recorded: readonly PlannedMove[]) => RequestBytes) | undefined;
}

export interface RequestBytes {
  readonly key: string;
  readonly value: Buffer;
}

/** The recorded part of a planned change. */
export interface RecordedPlan {
  /** Entry of the journal; undefined if nothing was recorded. */
  readonly id: number | undefined;
  readonly frames: readonly PlannedMove[];
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
  /** Placements and moves recorded and perhaps not carried out. */
  readonly planned: number;
  readonly quarantined: number;
}
