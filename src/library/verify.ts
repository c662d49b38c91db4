import { join } from 'node:path';
import { cosine, type Embedding } from '../domain/embedding.ts';
import type { FrameId } from '../domain/frame.ts';
import type { GroupId } from '../domain/group.ts';
import { isSystemName } from '../domain/ignored-names.ts';
import { isTempName } from '../domain/placement.ts';
import { append } from '../lib/append.ts';
import { codeOf } from '../lib/errors.ts';
import { statIfExists } from '../lib/fs/file-operations.ts';
import type { Entry, FileSystem } from '../lib/fs/file-system.ts';
import { allEmbeddings, allMemberships } from '../storage/rows.ts';
import type { FrameRecord, StoreReader } from '../storage/store.ts';
import type { PersistentIndex } from '../storage/vectors/vector-index.ts';

export interface VerifyParts {
  readonly store: StoreReader;
  /** Absent while a daemon works on the state: the index is in the daemon's memory. */
  readonly index: Pick<PersistentIndex, 'has'> | undefined;
  readonly library: string;
  readonly files: FileSystem;
  /** Also reads every picture and compares its fingerprint. */
  readonly deep: boolean;
  /** Returns whether a name can be a picture's. Other files are ignored. Accepts all names if absent. */
  readonly isAccepted?: (name: string) => boolean;
  /** A daemon works on the state: files in transit are no disagreement. */
  readonly isRunning?: boolean;
}

export interface Disagreement {
  readonly what: string;
  readonly problem: string;
}

export interface VerifyReport {
  readonly frames: number;
  readonly groups: number;
  readonly filesChecked: number;
  readonly disagreements: readonly Disagreement[];
}

/** Whether store, index and folders say the same. Changes nothing. */
export async function verify(parts: VerifyParts): Promise<VerifyReport> {
  const disagreements: Disagreement[] = [];
  const expected = new Map<string, Set<string>>();
  const groupOf = new Map<FrameId, GroupId>();
  for await (const { frame, group } of allMemberships(parts.store)) groupOf.set(frame, group);
  const groups = await parts.store.groups.all();
  for (const { folder } of groups) expected.set(folder, new Set());
  let frames = 0;
  for await (const { frame, embedding } of allEmbeddings(parts.store.vectors)) {
    const filing = await parts.store.frames.get(frame);
    disagreements.push(...(await checkRecords(frame, filing, embedding, groupOf.get(frame), parts)));
    if (filing === undefined) continue;
    frames++;
    expected.get(filing.placement.folder)?.add(filing.placement.name);
    disagreements.push(...(await checkFile(filing, parts)));
  }
  if (groupOf.size !== frames) {
    disagreements.push({ what: 'store', problem: `${groupOf.size} memberships for ${frames} frames` });
  }
  append(disagreements, await checkFolders(expected, parts));
  return {
    frames,
    groups: groups.filter((group) => group.frames > 0).length,
    filesChecked: frames,
    disagreements,
  };
}

async function checkRecords(
  frame: FrameId,
  filing: FrameRecord | undefined,
  embedding: Embedding,
  group: number | undefined,
  { store, index }: VerifyParts,
): Promise<Disagreement[]> {
  const found: Disagreement[] = [];
  const tell = (problem: string) => found.push({ what: `frame ${frame}`, problem });
  if (filing === undefined) tell('has an embedding and no record');
  if (filing !== undefined && filing.placement.group !== group)
    tell('its record and its membership name two groups');
  if (filing && (await store.frames.at(filing.placement.group, filing.placement.name)) !== frame)
    tell('another frame has its name');
  if (Math.abs(cosine(embedding, embedding) - 1) > 0.01) tell('its embedding is no unit vector');
  if (index !== undefined && !(await index.has(frame))) tell('the index does not have it');
  return found;
}

/** A planned placement may be in the inbox or in its folder. `resume` decides at the next start. */
async function checkFile(
  { frame, placement }: FrameRecord,
  { store, files, library, deep, isRunning }: VerifyParts,
): Promise<Disagreement[]> {
  if ((await store.moves.get(frame.id)) !== undefined)
    return isRunning ? [] : [{ what: frame.source, problem: 'is to go to another group and did not yet' }];
  if (placement.state === 'planned')
    return isRunning ? [] : [{ what: frame.source, problem: 'is recorded and not placed yet' }];
  const path = join(library, placement.folder, placement.name);
  try {
    const { kind, sizeBytes } = await files.stat(path);
    if (kind === 'link') return [];
    if (sizeBytes !== frame.sizeBytes)
      return [{ what: path, problem: `has ${sizeBytes} of ${frame.sizeBytes} bytes` }];
    if (deep && (await files.hash(path)) !== frame.fingerprint)
      return [{ what: path, problem: 'its content changed' }];
    return [];
  } catch (error) {
    return [{ what: path, problem: `can't be read (${codeOf(error) ?? error})` }];
  }
}

async function checkFolders(
  expected: ReadonlyMap<string, ReadonlySet<string>>,
  parts: VerifyParts,
): Promise<Disagreement[]> {
  const found: Disagreement[] = [];
  for (const { name: folder, kind } of await parts.files.readFolder(parts.library)) {
    if (kind !== 'folder' || folder.startsWith('.')) continue;
    const names = expected.get(folder);
    if (names === undefined && isSystemName(folder)) continue;
    const there = await parts.files.readFolder(join(parts.library, folder));
    const unknown: string[] = [];
    for (const one of there) {
      const path = join(parts.library, folder, one.name);
      if (!names?.has(one.name) && isOurs(one, parts) && (await isUnknown(path, parts))) unknown.push(path);
    }
    if (names === undefined && unknown.length > 0)
      found.push({ what: join(parts.library, folder), problem: 'is no group of the store' });
    else for (const path of unknown) found.push({ what: path, problem: 'is not in the store' });
  }
  return found;
}

/** Returns whether framesort must know the entry: no nested folders, no files of the system. */
function isOurs({ name, kind }: Entry, { isAccepted = () => true }: VerifyParts): boolean {
  return kind !== 'folder' && (isTempName(name) || isAccepted(name));
}

/** Excludes a file without a readable picture, as long as the file is unchanged. */
async function isUnknown(path: string, { store, files }: VerifyParts): Promise<boolean> {
  const source = await store.frames.source(path);
  if (source === undefined || source.frame !== undefined) return true;
  return (await statIfExists(files, path))?.identity !== source.identity;
}
