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
 * The truth: all decisions, durable. A write is one transaction, complete or absent, and on disk when its
 * promise resolves. A read returns a copy of the data as of one moment. Large tables are read by pages.
 * Reads and writes throw TransientError if the disk refuses.
 *
 * Another task may write between two calls. A write that depends on an earlier read therefore checks its
 * condition again within the transaction.
 *
 * The writes of the store itself change the groups of frames. The tables hold all other reads and writes.
 */
export interface Store extends StoreReader {
  readonly frames: FrameTable;
  readonly groups: GroupTable;
  readonly moves: MoveTable;
  readonly quarantine: QuarantineTable;
  readonly corrections: CorrectionTable;
  readonly manifests: ManifestTable;
  readonly spaces: Spaces;
  readonly keypoints: KeypointTable;
  readonly requests: RequestTable;
  readonly settings: SettingTable;
  /** Saved segments of the index: derived data, which may be deleted at any time. */
  readonly segments: BlobTable;
  /** Records decisions in their order. */
  commit(decisions: readonly Decision[]): Promise<void>;
  /** Forgets frames without a picture: no arrival joins them any more. */
  forget(frames: readonly FrameId[]): Promise<void>;
  /** Records the user's changes in the library. */
  applyUserChanges(changes: readonly UserChange[]): Promise<void>;
  /**
   * Records a change and its moves. The frames stay in their places until the moves are carried out. Leaves
   * out a frame that is no longer at `from`, and a frame with another move under way: the transaction checks
   * both. Records nothing if moves were given and none is left.
   */
  planChange(change: PlannedGroupChange): Promise<RecordedPlan>;
  /** Records that moves are carried out, unless the user abandoned them. */
  finishMoves(done: readonly FinishedMove[]): Promise<void>;
  /** Abandons the move: the frame stays in its recorded place. */
  abandonMove(frame: FrameId): Promise<void>;
  /** Ends an abandoned move after its cleaning. */
  endMove(frame: FrameId): Promise<void>;
  close(): Promise<void>;
}

/** The reads of a store. Any number of processes may read beside the writer. */
export interface StoreReader {
  readonly frames: Omit<FrameTable, 'markPlaced' | 'reserveIds'>;
  readonly groups: Omit<GroupTable, 'markRemoved' | 'reserveIds'>;
  readonly moves: Pick<MoveTable, 'all' | 'get'>;
  readonly journal: Journal;
  readonly quarantine: Pick<QuarantineTable, 'all'>;
  readonly corrections: Pick<CorrectionTable, 'all'>;
  readonly manifests: Pick<ManifestTable, 'unwritten'>;
  readonly vectors: VectorReader;
  readonly spaces: Pick<Spaces, 'list' | 'count' | 'read' | 'choice'>;
  readonly requests: Pick<RequestTable, 'get'>;
  readonly settings: Pick<SettingTable, 'get'>;
  counts(): Promise<Counts>;
  /**
   * Returns the highest ids so far, 0 before the first; and the credit for keypoint verification after the
   * last decision.
   */
  last(): Promise<LastIds>;
}

export interface LastIds {
  readonly frame: FrameId;
  readonly group: GroupId;
  readonly quarantined: number;
  readonly keypointCredit: number | undefined;
}

export interface FrameTable {
  get(frame: FrameId): Promise<FrameRecord | undefined>;
  /** Returns the records of the known frames among `frames`. */
  getMany(frames: readonly FrameId[]): Promise<ReadonlyMap<FrameId, FrameRecord>>;
  /** Returns the frame with this name in a group. A planned move reserves its name. */
  at(group: GroupId, name: string): Promise<FrameId | undefined>;
  withFingerprint(fingerprint: Fingerprint): Promise<FrameId | undefined>;
  /** Returns the recorded file at `path`; undefined if there is no record. */
  source(path: string): Promise<Source | undefined>;
  /** Placements recorded and perhaps not carried out. */
  planned(): Promise<readonly FrameId[]>;
  /**
   * Returns up to `count` memberships after `after`, by group and frame. A frame that changes its group
   * between two pages may be in both pages or in none.
   */
  memberships(after: Membership | undefined, count: number): Promise<readonly Membership[]>;
  /**
   * Records that files are in their places, unless a person moved the files since. Or records another name to
   * try.
   */
  markPlaced(placed: readonly Placed[]): Promise<void>;
  /** Returns rising ids. No other call returns them, and no frame has them. */
  reserveIds(count: number): Promise<readonly FrameId[]>;
}

export interface Membership {
  readonly frame: FrameId;
  readonly group: GroupId;
}

export interface GroupTable {
  all(): Promise<readonly Group[]>;
  get(id: GroupId): Promise<Group | undefined>;
  /** Returns the name of a group's folder in the library. Throws if the group is unknown. */
  folderOf(group: GroupId): Promise<string>;
  members(group: GroupId): Promise<readonly FrameId[]>;
  /** Returns whether a member is in its place: then framesort has made the group's folder. */
  hasPlacedMember(group: GroupId): Promise<boolean>;
  /**
   * Groups edited by a user: renamed, founded, or with a picture renamed, added or removed, by hand or by
   * command.
   */
  edited(): Promise<readonly GroupId[]>;
  /** Groups emptied by our own changes, perhaps with a folder left. */
  emptied(): Promise<readonly GroupId[]>;
  /** Nothing of ours is left of an emptied group's folder. */
  markRemoved(group: GroupId): Promise<void>;
  /** Returns rising ids. No other call returns them, and no group has them. */
  reserveIds(count: number): Promise<readonly GroupId[]>;
}

/** Moves of pictures to other groups: recorded and perhaps not carried out, or abandoned and not cleaned. */
export interface MoveTable {
  all(): Promise<readonly PendingMove[]>;
  get(frame: FrameId): Promise<PendingMove | undefined>;
  /** Another name to try. */
  rename(frame: FrameId, name: string): Promise<void>;
  /** Records that the file has its new name and is about to lose the old name. */
  markLinked(frame: FrameId): Promise<void>;
}

/** The recorded changes of groups. */
export interface Journal {
  get(id: number): Promise<GroupChange | undefined>;
  /** Returns up to `count` changes after the change `after`, in order of recording. */
  page(after: number, count: number): Promise<readonly GroupChange[]>;
}

export interface QuarantineTable {
  all(): Promise<readonly Quarantined[]>;
  /** Forgets quarantine entries. The files count as new. */
  release(quarantined: readonly Quarantined[]): Promise<void>;
  /** Returns rising ids. No other call returns them, and no quarantine entry has them. */
  reserveIds(count: number): Promise<readonly number[]>;
}

/** The user's changes of membership, in order. */
export interface CorrectionTable {
  all(): Promise<readonly Correction[]>;
  /** Records the user's changes from before this store. */
  add(corrections: readonly Correction[]): Promise<void>;
}

export interface ManifestTable {
  /** Members added, changed or removed since the last manifest. */
  unwritten(): Promise<readonly ManifestEntry[]>;
  /** Records that the manifests are up to date about these entries. */
  markWritten(listed: readonly ManifestEntry[]): Promise<void>;
}

export interface StoredEmbedding {
  readonly frame: FrameId;
  readonly embedding: Embedding;
}

/** The vectors of one space. */
export interface VectorReader {
  /** Returns the embeddings of the known frames among `frames`. */
  get(frames: readonly FrameId[]): Promise<ReadonlyMap<FrameId, Embedding>>;
  /** Returns up to `count` embeddings after the frame `after`, in order of arrival. */
  page(after: FrameId, count: number): Promise<readonly StoredEmbedding[]>;
}

/** The embedding spaces with vectors in the store: the space in use, and others. */
export interface Spaces {
  /** Ids of the spaces; the space in use comes first. */
  list(): Promise<readonly string[]>;
  /** Number of frames with a vector in the space. */
  count(id: string): Promise<number>;
  /** Opens another space for writing. Creates a new space. */
  create(space: EmbeddingSpace): Promise<VectorTable>;
  /** Opens an existing space. */
  read(space: EmbeddingSpace): Omit<VectorTable, 'put'>;
  /** Makes decisions use the space from now on. Every frame must have a vector in the space. */
  activate(space: EmbeddingSpace, choice: ModelChoice | undefined): Promise<void>;
  /** Returns undefined if the configuration names the model in use. */
  choice(): Promise<ModelChoice | undefined>;
  /** Drops all vectors of a space not in use. */
  drop(space: EmbeddingSpace): Promise<void>;
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
export interface VectorTable extends VectorReader {
  /** One transaction. Leaves out frames forgotten meanwhile. */
  put(embedded: readonly StoredEmbedding[]): Promise<void>;
  /** Returns up to `count` frames after `after` without a vector, in order of arrival. */
  missing(after: FrameId, count: number): Promise<readonly FrameId[]>;
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
export interface BlobTable {
  get(key: string): Promise<Buffer | undefined>;
  /** One transaction. */
  put(key: string, value: Buffer): Promise<void>;
  keys(prefix: string): Promise<readonly string[]>;
  delete(keys: readonly string[]): Promise<void>;
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
