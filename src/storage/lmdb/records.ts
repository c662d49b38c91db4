import { hash } from 'node:crypto';
import { assertEmbedding, type Embedding } from '../../domain/embedding.ts';
import type { Fingerprint, FrameId } from '../../domain/frame.ts';
import type { FrameErrorReason } from '../../domain/frame-error.ts';
import type { GroupId } from '../../domain/group.ts';
import type { FrameMove, GroupChange, PendingMove } from '../../domain/group-change.ts';
import { descriptorBytes, type Keypoints } from '../../domain/keypoints.ts';
import type { Mode } from '../../domain/placement.ts';
import { unpackEmbedding } from '../../domain/similarity/packed-embedding.ts';
import { assert } from '../../lib/assert.ts';
import { FatalError } from '../../lib/errors.ts';
import { fromBytes, toBytes } from '../../lib/fs/byte-path.ts';
import {
  type CaptureTimeRecord,
  type ChangeReasonRecord,
  captureTimeRecord,
  type EvidenceRecord,
  evidenceRecord,
  readCaptureTime,
  readChangeReason,
  readEvidence,
} from '../domain-codecs.ts';
import type { FilingDecision, FrameRecord, PlannedMove, Quarantined } from '../store.ts';

/** Records of the store's databases. Each record has a version; old versions stay readable. */

export const recordVersion = 1;

/** Plain UTF-8 names are stored as text, other names as bytes. */
type StoredName = string | Uint8Array;

export interface FilingRecord {
  v: number;
  fingerprint: string;
  source: StoredName;
  identity: string;
  sizeBytes: number;
  captured: CaptureTimeRecord;
  arrivedMs: number;
  group: number;
  name: StoredName;
  mode: Mode;
  placed: boolean;
  placedAs: string | undefined;
  evidence: EvidenceRecord;
}

export interface GroupRecord {
  v: number;
  folder: StoredName;
  foundedMs: number;
}

export interface QuarantineRecord {
  v: number;
  source: StoredName;
  identity: string;
  reason: FrameErrorReason;
  message: string;
  whenMs: number;
  state: Quarantined['state'];
}

/** A user's move: the frame belongs to one group and not to the other. In the order of the moves. */
export interface CorrectionRecord {
  v: number;
  frame: number;
  from: number;
  to: number;
}

/** A frame's move from group to group, with both names. */
export interface RegroupedRecord {
  frame: number;
  from: number;
  fromName: StoredName;
  to: number;
  toName: StoredName;
}

/** An entry of the journal of changed groups. */
export interface RegroupingRecord {
  v: number;
  whenMs: number;
  why: ChangeReasonRecord;
  frames: RegroupedRecord[];
  undoes?: number;
  undoneBy?: number;
}

/**
 * A move, recorded and perhaps not carried out. `dropped`: abandoned because of a user's change. `linked`:
 * the file has the new name.
 */
export interface RelocationRecord extends RegroupedRecord {
  v: number;
  change: number;
  identity: string;
  dropped?: true;
  linked?: true;
}

export interface SourceRecord {
  v: number;
  identity: string;
  frame: number | undefined;
}

export function storeName(name: string): StoredName {
  return name.isWellFormed() ? name : toBytes(name);
}

export function readName(stored: StoredName): string {
  return typeof stored === 'string' ? stored : fromBytes(Buffer.from(stored));
}

/** A key of fixed length for a path or a name of any length and any bytes. */
export function pathKey(...parts: readonly string[]): Buffer {
  return hash('sha256', toBytes(`${parts.join('\0')}\0`), 'buffer').subarray(0, 16);
}

export function filingRecord({ frame, evidence, placement, fileId }: FilingDecision): FilingRecord {
  return {
    v: recordVersion,
    fingerprint: frame.fingerprint,
    source: storeName(frame.source),
    identity: frame.identity,
    sizeBytes: frame.sizeBytes,
    captured: captureTimeRecord(frame.captured),
    arrivedMs: frame.arrivedMs,
    group: placement.group,
    name: storeName(placement.name),
    mode: placement.mode,
    placed: placement.state === 'placed',
    placedAs: fileId,
    evidence: evidenceRecord(evidence),
  };
}

export function readFiling(id: FrameId, record: FilingRecord, folder: string): FrameRecord {
  checkVersion(record.v);
  return {
    frame: {
      id,
      fingerprint: record.fingerprint as Fingerprint,
      source: readName(record.source),
      identity: record.identity,
      sizeBytes: record.sizeBytes,
      captured: readCaptureTime(record.captured),
      arrivedMs: record.arrivedMs,
    },
    evidence: readEvidence(record.evidence),
    placement: {
      frame: id,
      group: record.group as GroupId,
      folder,
      name: readName(record.name),
      mode: record.mode,
      state: record.placed ? 'placed' : 'planned',
    },
    fileId: record.placedAs,
  };
}

export function quarantineRecord({ id: _, ...rest }: Quarantined): QuarantineRecord {
  return { v: recordVersion, ...rest, source: storeName(rest.source) };
}

export function readQuarantine(id: number, { v, ...rest }: QuarantineRecord): Quarantined {
  checkVersion(v);
  return { id, ...rest, source: readName(rest.source) };
}

export function regroupedRecord({ frame, from, to }: FrameMove): RegroupedRecord {
  const names = { fromName: storeName(from.name), toName: storeName(to.name) };
  return { frame, from: from.group, to: to.group, ...names };
}

function readRegrouped({ frame, from, fromName, to, toName }: RegroupedRecord): FrameMove {
  return {
    frame: frame as FrameId,
    from: { group: from as GroupId, name: readName(fromName) },
    to: { group: to as GroupId, name: readName(toName) },
  };
}

export function readRegrouping(id: number, record: RegroupingRecord): GroupChange {
  checkVersion(record.v);
  const { whenMs, why, frames, undoes, undoneBy } = record;
  return {
    id,
    whenMs,
    why: readChangeReason(why),
    frames: frames.map(readRegrouped),
    undoes,
    undoneBy,
  };
}

export function relocationRecord({ identity, ...moved }: PlannedMove, change: number): RelocationRecord {
  return { v: recordVersion, change, identity, ...regroupedRecord(moved) };
}

export function readRelocation(record: RelocationRecord): PendingMove {
  checkVersion(record.v);
  const { change, identity, dropped = false, linked = false } = record;
  const state = dropped ? 'abandoned' : linked ? 'linked' : 'planned';
  return { ...readRegrouped(record), change, identity, state };
}

/** A space from the reader's side: the dimensions may be unknown. */
export interface KnownSpace {
  readonly id: string;
  readonly dimensions: number | undefined;
}

export function readEmbedding(bytes: Buffer, { id, dimensions }: KnownSpace): Embedding {
  const embedding = unpackEmbedding(bytes);
  assert(embedding !== undefined, `an embedding of space ${id} has ${bytes.length} bytes`);
  assertEmbedding(embedding, { id, dimensions: dimensions ?? embedding.length });
  return embedding;
}

/** A byte for the version, then the places as 32-bit floats, then the descriptors. */
export function keypointBytes({ positions, descriptors }: Keypoints): Buffer {
  return Buffer.concat([
    Buffer.of(recordVersion),
    Buffer.from(positions.buffer, positions.byteOffset, positions.byteLength),
    descriptors,
  ]);
}

/** Returns undefined for bytes of another version or length: keypoints can be recomputed. */
export function readKeypoints(bytes: Buffer): Keypoints | undefined {
  const count = (bytes.length - 1) / (8 + descriptorBytes);
  if (bytes[0] !== recordVersion || !Number.isInteger(count)) return undefined;
  const values = new Uint8Array(bytes.subarray(1));
  return { positions: new Float32Array(values.buffer, 0, 2 * count), descriptors: values.slice(8 * count) };
}

function checkVersion(version: number): void {
  if (version <= recordVersion) return;
  throw new FatalError(
    `read the store: it holds records of version ${version}, this framesort knows up to ${recordVersion}`,
    {
      hint: 'The state was written by a newer framesort: install that version or newer.',
    },
  );
}
