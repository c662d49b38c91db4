import { byHand } from '../domain/assignment/assign.ts';
import type { Embedding, EmbeddingSpace } from '../domain/embedding.ts';
import type { CaptureTime, Fingerprint, FrameId } from '../domain/frame.ts';
import { FrameError } from '../domain/frame-error.ts';
import type { Group, GroupId } from '../domain/group.ts';
import type { FileStats, FileSystem } from '../lib/fs/file-system.ts';
import { readCaptureTime, readEvidence } from '../storage/domain-codecs.ts';
import type { FilingDecision, Store } from '../storage/store.ts';
import { embeddingIn, type FrameLine } from './manifests/manifest-format.ts';
import { readFolders, type ToldFolder } from './manifests/read-folders.ts';
import { readQuarantined } from './quarantine/read-quarantine.ts';

export interface RebuildParts {
  readonly library: string;
  /** A new store. */
  readonly store: Store;
  readonly files: FileSystem;
  readonly space: EmbeddingSpace;
  /**
   * For pictures without an entry in a manifest, or with an entry of another space. Throws FrameError if the
   * file is no picture.
   */
  readonly readPicture: (bytes: Buffer, name: string, facts: FileStats) => Promise<ReadPicture>;
}

export interface ReadPicture {
  readonly embedding: Embedding;
  readonly captured: CaptureTime;
}

export interface RebuildResult {
  readonly frames: number;
  readonly groups: number;
  /** Pictures embedded again. */
  readonly embedded: number;
  /** Files in groups without a readable picture. */
  readonly left: readonly string[];
}

/** A file in a group's folder, and its entry in a manifest. */
interface Lying {
  readonly folder: string;
  readonly name: string;
  readonly facts: FileStats;
  readonly told: FrameLine | undefined;
}

interface FoundPicture {
  readonly decision: FilingDecision;
  readonly fileId: string;
  readonly corrections: FrameLine['corrections'];
}

const batchMax = 256;

/**
 * Fills a new store from the library's folders and manifests. Where folders and manifests differ, folders are
 * right.
 */
export async function rebuildStore(parts: RebuildParts): Promise<RebuildResult> {
  const folders = await readFolders(parts.library, parts.files);
  const lying = await recognised(folders, parts);
  const groups = numberedGroups(folders, lying);
  const left: string[] = [];
  const counts = { frames: 0, embedded: 0 };
  const founded = new Set<GroupId>();
  let batch: FoundPicture[] = [];
  for (const [id, one] of numberedFrames(lying)) {
    const group = groups.get(one.folder) as Group;
    const found = await foundAs(id, one, group, parts);
    if (found === undefined) {
      left.push(`${one.folder}/${one.name}`);
      continue;
    }
    const isFirst = !founded.has(group.id);
    batch.push(isFirst ? { ...found, decision: { ...found.decision, founded: group } } : found);
    founded.add(group.id);
    counts.frames++;
    if (found.isNew) counts.embedded++;
    if (batch.length >= batchMax) batch = await record(batch, parts.store);
  }
  await record(batch, parts.store);
  for (const one of await readQuarantined(parts.library, parts.files))
    await parts.store.commit([{ kind: 'quarantine', quarantined: one }]);
  return { ...counts, groups: founded.size, left };
}

/** Returns every file with its entry: by place, or by content if the file of an entry is gone. */
async function recognised(
  folders: readonly ToldFolder[],
  { files, library }: RebuildParts,
): Promise<Lying[]> {
  const lines = folders.flatMap(({ name: folder, manifests }) =>
    manifests.flatMap(({ frames }) => Array.from(frames.values(), (line) => ({ folder, line }))),
  );
  const byPlace = new Map(lines.map(({ folder, line }) => [`${folder}/${line.name}`, line]));
  const taken = new Set<FrameId>();
  const take = (line: FrameLine | undefined): FrameLine | undefined => {
    if (line === undefined || taken.has(line.frame)) return undefined;
    taken.add(line.frame);
    return line;
  };
  const all: Lying[] = [];
  for (const { name: folder, files: names } of folders)
    for (const name of names) {
      const facts = await files.stat(`${library}/${folder}/${name}`);
      const line = byPlace.get(`${folder}/${name}`);
      const isSame = line !== undefined && (facts.kind === 'link' || line.bytes === facts.sizeBytes);
      all.push({ folder, name, facts, told: isSame ? take(line) : undefined });
    }
  const byContent = new Map(lines.map(({ line }) => [line.fingerprint, line]));
  for (const [at, one] of all.entries())
    if (one.told === undefined && one.facts.kind === 'file' && byContent.size > 0) {
      const fingerprint = (await files.hash(`${library}/${one.folder}/${one.name}`)) as Fingerprint;
      all[at] = { ...one, told: take(byContent.get(fingerprint)) };
    }
  return all;
}

/**
 * A folder keeps the group number of most of its pictures. Other folders get numbers after all known numbers.
 */
function numberedGroups(folders: readonly ToldFolder[], lying: readonly Lying[]): Map<string, Group> {
  const groupOf = new Map<FrameId, { id: GroupId; foundedMs: number }>();
  for (const { manifests } of folders)
    for (const { group, frames } of manifests)
      for (const frame of frames.keys()) groupOf.set(frame, { id: group.group, foundedMs: group.foundedMs });
  const byFolder = new Map<string, Lying[]>(folders.map(({ name }) => [name, []]));
  for (const one of lying) byFolder.get(one.folder)?.push(one);
  let last: number = 0;
  for (const { id } of groupOf.values()) last = Math.max(last, id);
  const used = new Set<GroupId>();
  const groups = new Map<string, Group>();
  for (const { name } of folders) {
    const inside = byFolder.get(name) ?? [];
    const known = mostCommon(inside.map(({ told }) => told && groupOf.get(told.frame)));
    const isFree = known !== undefined && !used.has(known.id);
    const id = isFree ? known.id : (++last as GroupId);
    used.add(id);
    groups.set(name, { id, folder: name, frames: 0, foundedMs: known?.foundedMs ?? firstMs(inside) });
  }
  return groups;
}

function mostCommon<T extends { readonly id: GroupId }>(all: readonly (T | undefined)[]): T | undefined {
  const counts = new Map<GroupId, number>();
  for (const one of all) if (one !== undefined) counts.set(one.id, (counts.get(one.id) ?? 0) + 1);
  const [best] = Array.from(counts).sort((a, b) => b[1] - a[1])[0] ?? [];
  return all.find((one) => one?.id === best);
}

function firstMs(inside: readonly Lying[]): number {
  return inside.reduce((first, { facts }) => Math.min(first, facts.mtimeMs), Number.MAX_SAFE_INTEGER);
}

/** In the order of arrival. Frames without an entry follow. */
function numberedFrames(lying: readonly Lying[]): [FrameId, Lying][] {
  const known = lying.flatMap((one): [FrameId, Lying][] => (one.told ? [[one.told.frame, one]] : []));
  known.sort(([a], [b]) => a - b);
  let last: number = known.at(-1)?.[0] ?? 0;
  const unknown = lying.filter(({ told }) => told === undefined);
  return [...known, ...unknown.map((one): [FrameId, Lying] => [++last as FrameId, one])];
}

async function foundAs(
  id: FrameId,
  { folder, name, facts, told }: Lying,
  group: Group,
  { files, library, space, readPicture }: RebuildParts,
): Promise<(FoundPicture & { readonly isNew: boolean }) | undefined> {
  if (told === undefined && facts.kind === 'link') return undefined; // a person's own link is not followed
  const known = told && embeddingIn(told, space);
  const path = `${library}/${folder}/${name}`;
  try {
    const looked =
      known === undefined ? await readPicture((await files.read(path)).bytes, name, facts) : undefined;
    const embedding = (known ?? looked?.embedding) as Embedding;
    const captured = told ? readCaptureTime(told.captured) : (looked?.captured as CaptureTime);
    const frame = {
      id,
      fingerprint: told?.fingerprint ?? ((await files.hash(path)) as Fingerprint),
      source: told?.source ?? path,
      identity: told?.identity ?? facts.identity,
      sizeBytes: told?.bytes ?? facts.sizeBytes,
      captured,
      arrivedMs: told?.arrivedMs ?? facts.mtimeMs,
    };
    const mode = told?.mode ?? 'move';
    const placement = { frame: id, group: group.id, folder, name, mode, state: 'planned' } as const;
    const evidence = told?.evidence ? readEvidence(told.evidence) : byHand;
    const decision = { kind: 'file', frame, embedding, founded: undefined, evidence, placement } as const;
    const fileId = `${facts.device}:${facts.inode}`;
    return { decision, fileId, corrections: told?.corrections, isNew: looked !== undefined };
  } catch (error) {
    if (error instanceof FrameError) return undefined;
    throw error;
  }
}

/** Returns the next, empty batch. */
async function record(batch: readonly FoundPicture[], store: Store): Promise<FoundPicture[]> {
  if (batch.length === 0) return [];
  await store.commit(batch.map(({ decision }) => decision));
  await store.frames.markPlaced(
    batch.map(({ decision: { frame, placement }, fileId }) => {
      const { group, name } = placement;
      return { frame: frame.id, group, name, state: 'placed', fileId };
    }),
  );
  const told = batch.flatMap(({ decision, corrections = [] }) =>
    corrections.map((moves) => ({ frame: decision.frame.id, ...moves })),
  );
  if (told.length > 0) await store.corrections.add(told);
  return [];
}
