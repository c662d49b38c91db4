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

/** A group and its folder. */
export type GroupFolder = Pick<Group, 'id' | 'folder'>;

/** A frame's name in a group's folder, and the frames with a planned placement. */
export interface Reserved {
  readonly frame: FrameId;
  readonly group: GroupFolder;
  readonly name: string;
  readonly planned: ReadonlySet<FrameId>;
}

/** Files in transit, by placement or move: their names, and a person's changes. */
export class InFlightFiles {
  readonly #parts: InFlightParts;

  constructor(parts: InFlightParts) {
    this.#parts = parts;
  }

  /** Returns whether a person put another file at a planned name. Then the frame gets another name. */
  async isTaken({ frame, group, name, planned }: Reserved): Promise<boolean> {
    const { store } = this.#parts;
    const move = await store.moves.get(frame);
    if (move?.to.group === group.id && move.to.name === name)
      return !(await this.#progressOf(move)).isArrived;
    const filing = planned.has(frame) ? await store.frames.get(frame) : undefined;
    return filing !== undefined && !(await this.#isItself(join(group.folder, name), filing));
  }

  /** Recognises the file by the source's or the draft's inode. Without both, the content decides. */
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

  /** Returns the inodes of a file in transit: the source's, and the draft's if there is a draft. */
  async #inodesOf({ id, identity }: Pick<Frame, 'id' | 'identity'>): Promise<string[]> {
    const draft = await this.#look(join(draftsFolder, String(id)));
    return [inodeIn(identity), ...(draft === undefined ? [] : [inodeOf(draft)])];
  }

  /**
   * A frame with a move under way is not missing at the move's target, and not gone before the move is
   * abandoned.
   */
  async lost(filing: FrameRecord): Promise<MissingFrame | undefined> {
    const move = await this.#parts.store.moves.get(filing.frame.id);
    if (move === undefined) return missingFrame(filing);
    const { inodes, isArrived } = await this.#progressOf(move);
    if (isArrived && move.state !== 'abandoned') return undefined;
    return tracedBy(filing, inodes);
  }

  /** Returns the inodes of the file, and whether the file has its new name. */
  async #progressOf({ frame, to, identity }: PendingMove) {
    const target = await this.#look(join(await this.#parts.store.groups.folderOf(to.group), to.name));
    const inodes = await this.#inodesOf({ id: frame, identity });
    return { inodes, isArrived: target !== undefined && inodes.includes(inodeOf(target)) };
  }

  /**
   * Somebody took the file of a move under way from its old or new name while the file had both names.
   * `known` are frames missing anyway. `hosts` are groups with a file in transit.
   */
  async takenFromMoves(known: ReadonlySet<FrameId>, traces: ReadonlySet<string>) {
    const { store } = this.#parts;
    const [taken, groupsInTransit] = [[] as MissingFrame[], new Set<GroupId>()];
    for (const move of await store.moves.all()) {
      const filing = await store.frames.get(move.frame);
      const { inodes, isArrived } = await this.#progressOf(move);
      if (isArrived) groupsInTransit.add(move.to.group);
      const old = await this.#look(join(await store.groups.folderOf(move.from.group), move.from.name));
      if (old !== undefined && inodes.includes(inodeOf(old))) groupsInTransit.add(move.from.group);
      if (filing === undefined || move.state === 'abandoned') continue;
      const traced = tracedBy(filing, inodes);
      const one = isArrived ? traced : withoutTarget(move, traced);
      if (!known.has(move.frame) && one.traces.some((trace) => traces.has(trace))) taken.push(one);
    }
    return { taken, groupsInTransit };
  }

  /**
   * Returns frames with a planned or interrupted placement: somebody may have moved the file before the
   * record of the placement.
   */
  async takenFromPlacing(): Promise<MissingFrame[]> {
    const { frames } = this.#parts.store;
    const filings = await frames.getMany(await frames.planned());
    const lost = await Promise.all(Array.from(filings.values(), (filing) => this.#placing(filing)));
    return lost.filter((one) => one !== undefined);
  }

  /**
   * The file has the inode of its source or draft. Another file with the same content counts only if the
   * source does not wait for a move.
   */
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

/** A frame with a move under way, and the inodes of its file. */
function tracedBy(filing: FrameRecord, inodes: readonly string[]): MissingFrame {
  const lost = missingFrame(filing);
  const traces = inodes.flatMap((inode) => [inode, fileTrace(inode, filing.frame.sizeBytes)]);
  return { ...lost, traces: [...lost.traces, ...traces], isInFlight: true };
}

/** The old name is unchanged, and the new name was taken. */
function withoutTarget({ to }: PendingMove, lost: MissingFrame): MissingFrame {
  return { ...lost, group: to.group, name: to.name, leftTarget: true };
}
