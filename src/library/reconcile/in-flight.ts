import { join } from 'node:path';
import { type Frame, type FrameId, inodeIn } from '../../domain/frame.ts';
import type { Group, GroupId } from '../../domain/group.ts';
import type { PendingMove } from '../../domain/group-change.ts';
import { fileTrace, linkTrace, type Missing } from '../../domain/library-diff.ts';
import { draftsFolder } from '../../domain/placement.ts';
import { inodeOf, statIfExists } from '../../lib/fs/file-operations.ts';
import type { FileStats, FileSystem } from '../../lib/fs/file-system.ts';
import type { FrameRecord, StoreReader } from '../../storage/store.ts';

export interface InFlightParts {
  readonly store: StoreReader;
  readonly files: FileSystem;
  readonly library: string;
}

export type MissingFrame = Missing & { readonly sizeBytes: number };

/** A group, and the folder that it has. */
export type GroupFolder = Pick<Group, 'id' | 'folder'>;

/** A name that a frame has in a group's folder, and the frames whose placement is under way. */
export interface Reserved {
  readonly frame: FrameId;
  readonly group: GroupFolder;
  readonly name: string;
  readonly planned: ReadonlySet<FrameId>;
}

/** Files of frames that are being placed, or moved to another group: what stands for them, and what a person did to them. */
export class InFlightFiles {
  readonly #parts: InFlightParts;

  constructor(parts: InFlightParts) {
    this.#parts = parts;
  }

  /** Whether a person put another file where a frame is to come: that one finds another name. */
  async isTaken({ frame, group, name, planned }: Reserved): Promise<boolean> {
    const { store } = this.#parts;
    const move = store.regroupings.pendingMove(frame);
    if (move?.to.group === group.id && move.to.name === name)
      return !(await this.#progressOf(move)).isArrived;
    const filing = planned.has(frame) ? store.filing(frame) : undefined;
    return filing !== undefined && !(await this.#isItself(join(group.folder, name), filing));
  }

  /** The source's file or the draft's; where neither is left, its content tells. */
  async #isItself(path: string, { frame, placement }: FrameRecord): Promise<boolean> {
    const { files, library } = this.#parts;
    const facts = await this.#look(path);
    if (facts === undefined) return true;
    if (facts.kind === 'link')
      return placement.mode === 'symlink' && (await files.readLink(join(library, path))) === frame.source;
    if ((await this.#inodesOf(frame)).includes(inodeOf(facts))) return true;
    if (facts.kind !== 'file' || facts.sizeBytes !== frame.sizeBytes) return false;
    return (await files.hash(join(library, path))) === frame.fingerprint;
  }

  /** Those by which a file on its way is known: its source's, and its draft's if there is one. */
  async #inodesOf({ id, identity }: Pick<Frame, 'id' | 'identity'>): Promise<string[]> {
    const draft = await this.#look(join(draftsFolder, String(id)));
    return [inodeIn(identity), ...(draft === undefined ? [] : [inodeOf(draft)])];
  }

  /** One that we are moving to another group is not missing when it is there, and not gone before our move gave it up. */
  async lost(filing: FrameRecord): Promise<MissingFrame | undefined> {
    const move = this.#parts.store.regroupings.pendingMove(filing.frame.id);
    if (move === undefined) return missingFrame(filing);
    const { inodes, isArrived } = await this.#progressOf(move);
    if (isArrived && move.state !== 'abandoned') return undefined;
    return tracedBy(filing, inodes);
  }

  /** By which inodes its file is known, and whether it has its new name. */
  async #progressOf({ frame, to, identity }: PendingMove) {
    const target = await this.#look(join(this.#parts.store.folderOf(to.group), to.name));
    const inodes = await this.#inodesOf({ id: frame, identity });
    return { inodes, isArrived: target !== undefined && inodes.includes(inodeOf(target)) };
  }

  /**
   * Somebody took the file of a move of ours from its old name or its new one, while it had both. `known` are missing anyway;
   * `hosts` are groups in whose folders files are that are being moved there, or from there.
   */
  async takenFromMoves(known: ReadonlySet<FrameId>, traces: ReadonlySet<string>) {
    const { store } = this.#parts;
    const [taken, groupsInTransit] = [[] as MissingFrame[], new Set<GroupId>()];
    for (const move of Array.from(store.regroupings.underWay())) {
      const filing = store.filing(move.frame);
      const { inodes, isArrived } = await this.#progressOf(move);
      if (isArrived) groupsInTransit.add(move.to.group);
      const old = await this.#look(join(store.folderOf(move.from.group), move.from.name));
      if (old !== undefined && inodes.includes(inodeOf(old))) groupsInTransit.add(move.from.group);
      if (filing === undefined || move.state === 'abandoned') continue;
      const traced = tracedBy(filing, inodes);
      const one = isArrived ? traced : withoutTarget(move, traced);
      if (!known.has(move.frame) && one.traces.some((trace) => traces.has(trace))) taken.push(one);
    }
    return { taken, groupsInTransit };
  }

  /**
   * Frames whose placement is under way, or was cut short by our end: somebody may have taken the file from where it
   * was put before we recorded that it was there.
   */
  async takenFromPlacing(): Promise<MissingFrame[]> {
    const filings = Array.from(this.#parts.store.planned(), (frame) => this.#parts.store.filing(frame));
    const lost = await Promise.all(filings.map((filing) => filing && this.#placing(filing)));
    return lost.filter((one) => one !== undefined);
  }

  /** Its file is that of its source or of its draft; another of its content counts only where the source does not wait to be moved. */
  async #placing(filing: FrameRecord): Promise<MissingFrame | undefined> {
    const { files } = this.#parts;
    const { frame, placement } = filing;
    const target = await this.#look(join(placement.folder, placement.name));
    const inodes = await this.#inodesOf(frame);
    if (target !== undefined && inodes.includes(inodeOf(target))) return undefined;
    const isThere = await files.stat(frame.source).then(
      ({ identity }) => identity === frame.identity,
      () => false,
    );
    return {
      ...missingFrame(filing),
      traces:
        placement.mode === 'symlink'
          ? [linkTrace(frame.source)]
          : inodes.map((inode) => fileTrace(inode, frame.sizeBytes)),
      fingerprint: isThere && placement.mode === 'move' ? undefined : frame.fingerprint,
      isInFlight: true,
    };
  }

  #look(path: string): Promise<FileStats | undefined> {
    return statIfExists(this.#parts.files, join(this.#parts.library, path));
  }
}

function missingFrame({ frame, placement, fileId }: FrameRecord): MissingFrame {
  const { id, fingerprint, sizeBytes } = frame;
  const { group, name, mode } = placement;
  const inode = fileId === undefined ? [] : [fileId];
  const traces =
    mode === 'symlink' ? [...inode, linkTrace(frame.source)] : inode.map((one) => fileTrace(one, sizeBytes));
  return { frame: id, group, name, traces, fingerprint, sizeBytes, isInFlight: false, leftTarget: false };
}

/** One that a move of ours is about, and by which inodes its file is known. */
function tracedBy(filing: FrameRecord, inodes: readonly string[]): MissingFrame {
  const lost = missingFrame(filing);
  const traces = inodes.flatMap((inode) => [inode, fileTrace(inode, filing.frame.sizeBytes)]);
  return { ...lost, traces: [...lost.traces, ...traces], isInFlight: true };
}

/** Its old name is where it was, and what was taken is the new one. */
function withoutTarget({ to }: PendingMove, lost: MissingFrame): MissingFrame {
  return { ...lost, group: to.group, name: to.name, leftTarget: true };
}
