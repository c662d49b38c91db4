import type { EmbeddingSpace } from '../../domain/embedding.ts';
import type { FrameId } from '../../domain/frame.ts';
import type { Group, GroupId } from '../../domain/group.ts';
import { manifestPath, ownFolder } from '../../domain/placement.ts';
import { codeOf } from '../../lib/errors.ts';
import { isLink, makeFolders } from '../../lib/fs/file-operations.ts';
import type { FileSystem } from '../../lib/fs/file-system.ts';
import type { Correction, Store } from '../../storage/store.ts';
import { frameLine, goneLine, groupLine } from './manifest-format.ts';
import { removeEmptyFolders } from './remove-empty-folders.ts';

export interface ManifestParts {
  readonly store: Store;
  readonly files: FileSystem;
  readonly library: string;
  /** The space of the current decisions. */
  readonly space: () => EmbeddingSpace;
}

/** Frames per step. Other work runs between two steps. */
const framesMax = 512;

/** A manifest is rewritten after growth to this multiple of the needed size. */
const growthMax = 2.5;

/** A manifest may always have this many bytes. */
const smallBytes = 16_384;

/**
 * Writes the store's facts into a file in each group's folder, so that the store can be rebuilt from the
 * folders alone. The store lists the frames without an entry. Writing follows filing and never delays filing.
 */
export class ManifestWriter {
  readonly #parts: ManifestParts;

  constructor(parts: ManifestParts) {
    this.#parts = parts;
  }

  /**
   * Writes the missing entries. The cost does not depend on the number of existing entries. Throws the
   * system's error if the disk refuses; nothing is lost.
   */
  async update(): Promise<void> {
    const { store } = this.#parts;
    const unwritten = unwrittenByGroup(store);
    // Usually nothing waits, and the question comes often.
    const corrections: Corrections = unwritten.size === 0 ? new Map() : correctionsByFrame(store);
    for (const [id, frames] of unwritten)
      for (let at = 0; at < frames.length; at += framesMax)
        await this.#write(id, frames.slice(at, at + framesMax), corrections);
    await removeEmptyFolders(this.#parts);
  }

  async #write(id: GroupId, frames: readonly FrameId[], corrections: Corrections): Promise<void> {
    const { store } = this.#parts;
    const group = store.group(id);
    const listed = group === undefined ? frames : await this.#append(group, frames, corrections);
    if (listed.length > 0) store.markWritten(listed.map((frame) => ({ group: id, frame })));
  }

  /**
   * Returns the frames with a new entry. Returns none if the group's folder is elsewhere or a link: a later
   * scan finds the folder.
   */
  async #append(
    group: Group,
    frames: readonly FrameId[],
    corrections: Corrections,
  ): Promise<readonly FrameId[]> {
    const { files, library } = this.#parts;
    // Through the library's own folder: the path leads nowhere if the disk is away.
    const folder = `${library}/${ownFolder}/../${group.folder}`;
    try {
      if (await isLink(files, folder)) return [];
      await makeFolders(files, folder, ownFolder);
      const path = `${folder}/${manifestPath(group.id)}`;
      const sizeBytes = await this.#sizeOf(path);
      const lines = frames.map((frame) => this.#line(group.id, frame, corrections));
      const average = lines.reduce((sum, line) => sum + line.length, 0) / lines.length;
      const isGrown = sizeBytes > smallBytes + growthMax * average * group.frames;
      if (sizeBytes === 0 || isGrown) await files.write(path, this.#whole(group, corrections));
      // The line break first: the last line may have been torn.
      else await files.append(path, `\n${lines.join('')}`);
      // The next call writes the changes that came during the write.
      return frames.filter((frame, at) => this.#line(group.id, frame, corrections) === lines[at]);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      return group.frames === 0 ? frames : [];
    }
  }

  async #sizeOf(path: string): Promise<number> {
    try {
      return (await this.#parts.files.stat(path)).sizeBytes;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return 0;
      throw error;
    }
  }

  #whole(group: Group, corrections: Corrections): string {
    const members = Array.from(this.#parts.store.members(group.id));
    return [groupLine(group), ...members.map((frame) => this.#line(group.id, frame, corrections))].join('');
  }

  /** Returns the line about a frame in the group's manifest. */
  #line(group: GroupId, frame: FrameId, corrections: Corrections): string {
    const { store, space } = this.#parts;
    const [filing, embedding] = [store.filing(frame), store.embedding(frame)];
    const isMember = filing?.placement.group === group && filing.placement.state === 'placed';
    if (!isMember || embedding === undefined) return goneLine(frame);
    const moves = corrections.get(frame)?.map(({ from, to }) => ({ from, to }));
    return frameLine(filing, embedding, space(), moves);
  }
}

type Corrections = ReadonlyMap<FrameId, readonly Correction[]>;

function correctionsByFrame(store: Store): Corrections {
  const byFrame = new Map<FrameId, Correction[]>();
  for (const one of store.corrections()) byFrame.set(one.frame, [...(byFrame.get(one.frame) ?? []), one]);
  return byFrame;
}

function unwrittenByGroup(store: Store): Map<GroupId, FrameId[]> {
  const byGroup = new Map<GroupId, FrameId[]>();
  for (const { group, frame } of store.unwritten()) {
    const frames = byGroup.get(group);
    if (frames === undefined) byGroup.set(group, [frame]);
    else frames.push(frame);
  }
  return byGroup;
}
