import type { Correction } from '../../../src/domain/corrections.ts';
import type { Embedding } from '../../../src/domain/embedding.ts';
import type { Frame, FrameId } from '../../../src/domain/frame.ts';
import type { Group, GroupId } from '../../../src/domain/group.ts';
import type { GroupChange, Location, PendingMove } from '../../../src/domain/group-change.ts';
import type { Keypoints } from '../../../src/domain/keypoints.ts';
import type { Mode } from '../../../src/domain/placement.ts';
import type { FrameRecord, ModelChoice, Quarantined, Source } from '../../../src/storage/store.ts';

/** A filed frame in memory. */
export interface StoredFrame {
  readonly frame: Frame;
  evidence: FrameRecord['evidence'];
  group: GroupId;
  name: string;
  readonly mode: Mode;
  isPlaced: boolean;
  fileId: string | undefined;
}

/** All data of a store in memory, without rules. */
export class MemoryState {
  readonly frames = new Map<FrameId, StoredFrame>();
  readonly groups = new Map<GroupId, Pick<Group, 'folder' | 'foundedMs'>>();
  /** Frame by group and name; a name may be reserved for a coming frame. */
  readonly names = new Map<string, FrameId>();
  readonly sources = new Map<string, Source>();
  readonly quarantine = new Map<number, Quarantined>();
  readonly corrections: Correction[] = [];
  /** Keys of frames that the manifests do not show yet. */
  readonly unwritten = new Map<string, { readonly group: GroupId; readonly frame: FrameId }>();
  readonly changes: GroupChange[] = [];
  readonly moves = new Map<FrameId, PendingMove>();
  readonly emptied = new Set<GroupId>();
  readonly edited = new Set<GroupId>();
  readonly keypoints = new Map<FrameId, Keypoints>();
  readonly requests = new Map<string, Buffer>();
  readonly settings = new Map<string, Buffer>();
  readonly segments = new Map<string, Buffer>();
  /** Vectors of each space, packed as on disk. */
  readonly vectors = new Map<string, Map<FrameId, Embedding>>();
  activeSpace: string;
  choice: ModelChoice | undefined;
  last = {
    frame: 0 as FrameId,
    group: 0 as GroupId,
    quarantined: 0,
    keypointCredit: undefined as number | undefined,
  };

  constructor(space: string) {
    this.activeSpace = space;
    this.vectors.set(space, new Map());
  }

  get activeVectors(): Map<FrameId, Embedding> {
    return this.vectors.get(this.activeSpace) as Map<FrameId, Embedding>;
  }

  putGroup({ id, folder, foundedMs }: Group): void {
    this.groups.set(id, { folder, foundedMs });
    this.last.group = Math.max(this.last.group, id) as GroupId;
  }

  reserve(location: Location, frame: FrameId): void {
    this.names.set(nameKey(location), frame);
  }

  /** Frees a name if the frame holds it. */
  free(location: Location, frame: FrameId): void {
    if (this.names.get(nameKey(location)) === frame) this.names.delete(nameKey(location));
  }

  markUnwritten(group: GroupId, frame: FrameId): void {
    this.unwritten.set(`${group} ${frame}`, { group, frame });
  }

  /** Makes the frame a member of another group, at its current place. */
  moveFrame(frame: FrameId, to: Location, fileId: string): void {
    const stored = this.frames.get(frame);
    if (stored === undefined) return;
    this.free(stored, frame);
    this.reserve(to, frame);
    for (const group of [stored.group, to.group]) this.markUnwritten(group, frame);
    Object.assign(stored, { group: to.group, name: to.name, fileId });
  }

  correct(correction: Correction): void {
    this.corrections.push(correction);
    for (const group of [correction.from, correction.to]) this.edited.add(group);
  }

  membersOf(group: GroupId): FrameId[] {
    return ascending(
      Array.from(this.frames.values()).flatMap((one) => (one.group === group ? one.frame.id : [])),
    );
  }

  /** Abandons a move; its names stay reserved. */
  abandon(frame: FrameId): void {
    const move = this.moves.get(frame);
    if (move !== undefined) this.moves.set(frame, { ...move, state: 'abandoned' });
  }

  endMove(frame: FrameId): void {
    const [move, stored] = [this.moves.get(frame), this.frames.get(frame)];
    if (move === undefined) return;
    this.moves.delete(frame);
    for (const location of [move.from, move.to])
      if (stored?.group !== location.group || stored.name !== location.name) this.free(location, frame);
  }
}

export function nameKey({ group, name }: Location): string {
  return `${group}/${name}`;
}

export function ascending<T extends number>(values: Iterable<T>): T[] {
  return Array.from(values).sort((a, b) => a - b);
}
