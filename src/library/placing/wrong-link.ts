import type { FrameId } from '../../domain/frame.ts';
import { sameFile, statIfExists } from '../../lib/fs/file-operations.ts';
import type { FileStats, FileSystem } from '../../lib/fs/file-system.ts';
import type { FrameRecord, StoreReader } from '../../storage/store.ts';
import { findHardLinks } from './hard-links.ts';

export interface WrongLinkParts {
  readonly store: StoreReader;
  readonly files: FileSystem;
  readonly library: string;
}

/**
 * Another picture in the source's place was linked into the library, and the link stayed: because a disk
 * failed, or because a person moved the link. The picture is still in the inbox and would be in the library
 * twice.
 */
export async function removeWrongLink(
  { frame, placement }: FrameRecord,
  parts: WrongLinkParts,
): Promise<void> {
  const { files, store } = parts;
  const source = await statIfExists(files, frame.source);
  if (source === undefined || source.links === 1 || source.identity === frame.identity) return;
  const filed = await store.frames.source(frame.source);
  // The picture was filed meanwhile. If the picture is not in its place, the found name may be the user's.
  if (filed?.identity === source.identity && !(await isInPlace(filed.frame, source, parts))) return;
  const groups = new Map(Array.from(await store.groups.all(), ({ folder, id }) => [folder, id]));
  for await (const { folder, path } of findHardLinks(source, placement.name, parts)) {
    const group = groups.get(folder);
    const isKnown = group !== undefined && (await store.frames.at(group, placement.name)) !== undefined;
    if (!isKnown) await files.unlink(path);
  }
}

async function isInPlace(
  frame: FrameId | undefined,
  file: FileStats,
  { store, files, library }: WrongLinkParts,
): Promise<boolean> {
  const filing = frame === undefined ? undefined : await store.frames.get(frame);
  if (filing === undefined) return false;
  const { folder, name } = filing.placement;
  const there = await statIfExists(files, `${library}/${folder}/${name}`);
  return there !== undefined && sameFile(there, file);
}
