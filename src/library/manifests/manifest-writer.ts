import type { Embedding, EmbeddingSpace } from '../../domain/embedding.ts';
import type { FrameId } from '../../domain/frame.ts';
import type { Group, GroupId } from '../../domain/group.ts';
import { manifestPath, ownFolder } from '../../domain/placement.ts';
import { codeOf } from '../../lib/errors.ts';
import { isLink, makeFolders } from '../../lib/fs/file-operations.ts';
import type { FileSystem } from '../../lib/fs/file-system.ts';
import type { TrackedStore } from '../../storage/library-state.ts';
import type { Correction, FrameRecord, Store } from '../../storage/store.ts';
import { frameLine, goneLine, groupLine } from './manifest-format.ts';
import { removeEmptyFolders } from './remove-empty-folders.ts';

export interface ManifestParts {
  readonly store: TrackedStore;
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
    const unwritten = await unwrittenByGroup(store);
    // Usually nothing waits, and the question comes often.
    const corrections: Corrections = unwritten.size === 0 ? new Map() : await correctionsByFrame(store);
    for (const [id, frames] of unwritten)
      for (let at = 0; at < frames.length; at += framesMax)
        await this.#write(id, frames.slice(at, at + framesMax), corrections);
    await removeEmptyFolders(this.#parts);
  }

  async #write(id: GroupId, frames: readonly FrameId[], corrections: Corrections): Promise<void> {
    const { store } = this.#parts;
    const group = await store.groups.get(id);
    if (group === undefined)
      return store.manifests.markWritten(frames.map((frame) => ({ group: id, frame })));
    const lines = await this.#append(group, frames, corrections);
    await store.whileAtRest(async () => {
      // The next call writes the changes that came during the write.
      const now = await this.#lines(id, Array.from(lines.keys()), corrections);
      const listed = Array.from(lines).filter(([frame, line]) => now.get(frame) === line);
      if (listed.length > 0)
        await store.manifests.markWritten(listed.map(([frame]) => ({ group: id, frame })));
    });
  }

  /**
   * Returns the new entries of frames. Returns none if the group's folder is elsewhere or a link: a later
   * scan finds the folder.
   */
  async #append(group: Group, frames: readonly FrameId[], corrections: Corrections): Promise<Lines> {
    const { files, library } = this.#parts;
    // Through the library's own folder: the path leads nowhere if the disk is away.
    const folder = `${library}/${ownFolder}/../${group.folder}`;
    const lines = await this.#lines(group.id, frames, corrections);
    try {
      if (await isLink(files, folder)) return new Map();
      await makeFolders(files, folder, ownFolder);
      const path = `${folder}/${manifestPath(group.id)}`;
      const sizeBytes = await this.#sizeOf(path);
      const text = Array.from(lines.values()).join('');
      const isGrown = sizeBytes > smallBytes + growthMax * (text.length / lines.size) * group.frames;
      if (sizeBytes === 0 || isGrown) await files.write(path, await this.#whole(group, corrections));
      // The line break first: the last line may have been torn.
      else await files.append(path, `\n${text}`);
      return lines;
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      return group.frames === 0 ? lines : new Map();
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

  async #whole(group: Group, corrections: Corrections): Promise<string> {
    const members = await this.#parts.store.groups.members(group.id);
    const lines = [groupLine(group)];
    for (let at = 0; at < members.length; at += framesMax)
      lines.push(...(await this.#lines(group.id, members.slice(at, at + framesMax), corrections)).values());
    return lines.join('');
  }

  /** Returns the lines about frames in the group's manifest. */
  async #lines(group: GroupId, frames: readonly FrameId[], corrections: Corrections): Promise<Lines> {
    const { store } = this.#parts;
    const [filings, embeddings] = [await store.frames.getMany(frames), await store.vectors.get(frames)];
    const line = (frame: FrameId) =>
      this.#line(group, frame, filings.get(frame), embeddings.get(frame), corrections);
    return new Map(frames.map((frame) => [frame, line(frame)]));
  }

  #line(
    group: GroupId,
    frame: FrameId,
    filing: FrameRecord | undefined,
    embedding: Embedding | undefined,
    corrections: Corrections,
  ): string {
    const isMember = filing?.placement.group === group && filing.placement.state === 'placed';
    if (!isMember || embedding === undefined) return goneLine(frame);
    const moves = corrections.get(frame)?.map(({ from, to }) => ({ from, to }));
    return frameLine(filing, embedding, this.#parts.space(), moves);
  }
}

/** The line about each frame. */
type Lines = ReadonlyMap<FrameId, string>;

type Corrections = ReadonlyMap<FrameId, readonly Correction[]>;

async function correctionsByFrame(store: Store): Promise<Corrections> {
  const byFrame = new Map<FrameId, Correction[]>();
  for (const one of await store.corrections.all())
    byFrame.set(one.frame, [...(byFrame.get(one.frame) ?? []), one]);
  return byFrame;
}

async function unwrittenByGroup(store: Store): Promise<Map<GroupId, FrameId[]>> {
  const byGroup = new Map<GroupId, FrameId[]>();
  for (const { group, frame } of await store.manifests.unwritten()) {
    const frames = byGroup.get(group);
    if (frames === undefined) byGroup.set(group, [frame]);
    else frames.push(frame);
  }
  return byGroup;
}
