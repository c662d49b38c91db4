import type { Embedding, EmbeddingSpace } from '../../domain/embedding.ts';
import type { Fingerprint, FrameId } from '../../domain/frame.ts';
import type { Group, GroupId } from '../../domain/group.ts';
import type { Mode } from '../../domain/placement.ts';
import { packEmbedding, unpackEmbedding } from '../../domain/similarity/packed-embedding.ts';
import {
  type CaptureTimeRecord,
  captureTimeRecord,
  type EvidenceRecord,
  evidenceRecord,
} from '../../storage/domain-codecs.ts';
import type { Correction, FrameRecord } from '../../storage/store.ts';

/**
 * A manifest holds the store's facts about a group, as lines of JSON in the group's own folder. The first
 * line describes the group, each other line a frame. A later line replaces an earlier line.
 */

export const manifestVersion = 1;

export interface GroupLine {
  readonly v: number;
  readonly group: GroupId;
  readonly foundedMs: number;
}

/** A frame in the group. */
export interface FrameLine {
  readonly frame: FrameId;
  readonly name: string;
  readonly fingerprint: Fingerprint;
  readonly bytes: number;
  readonly captured: CaptureTimeRecord;
  readonly arrivedMs: number;
  readonly source: string;
  readonly identity: string;
  readonly mode: Mode;
  readonly evidence: EvidenceRecord;
  readonly space: string;
  /** In the store's encoding, base64. */
  readonly embedding: string;
  /** The user's moves of the frame. */
  readonly corrections?: readonly Pick<Correction, 'from' | 'to'>[];
}

/** A frame that left the group. */
interface GoneLine {
  readonly frame: FrameId;
  readonly gone: true;
}

export interface Manifest {
  readonly group: GroupLine;
  readonly frames: ReadonlyMap<FrameId, FrameLine>;
}

export function groupLine({ id, foundedMs }: Pick<Group, 'id' | 'foundedMs'>): string {
  return line({ v: manifestVersion, group: id, foundedMs } satisfies GroupLine);
}

export function frameLine(
  { frame, placement, evidence }: FrameRecord,
  embedding: Embedding,
  space: EmbeddingSpace,
  corrections: FrameLine['corrections'],
): string {
  const { id, fingerprint, sizeBytes: bytes, captured, arrivedMs, source, identity } = frame;
  const { name, mode } = placement;
  const facts = {
    frame: id,
    name,
    fingerprint,
    bytes,
    captured: captureTimeRecord(captured),
    arrivedMs,
    source,
    identity,
    mode,
    evidence: evidenceRecord(evidence),
  };
  const packed = packEmbedding(embedding).toString('base64');
  const told = corrections?.length ? { corrections } : {};
  return line({ ...facts, space: space.id, embedding: packed, ...told } satisfies FrameLine);
}

export function goneLine(frame: FrameId): string {
  return line({ frame, gone: true } satisfies GoneLine);
}

/** Returns undefined if the text does not begin like a manifest. Leaves out lines torn by a crash. */
export function readManifest(text: string): Manifest | undefined {
  const [first, ...rest] = text.split('\n').flatMap(parsed) as [GroupLine?, ...(FrameLine | GoneLine)[]];
  if (first === undefined || !('group' in first) || first.v > manifestVersion) return undefined;
  const frames = new Map<FrameId, FrameLine>();
  for (const one of rest) {
    if ('gone' in one) frames.delete(one.frame);
    else if ('fingerprint' in one) frames.set(one.frame, one);
  }
  return { group: first, frames };
}

/** Returns the embedding if the line has an embedding of the wanted space. */
export function embeddingIn({ space, embedding }: FrameLine, wanted: EmbeddingSpace): Embedding | undefined {
  if (space !== wanted.id) return undefined;
  const found = unpackEmbedding(Buffer.from(embedding, 'base64'));
  return found?.length === wanted.dimensions ? found : undefined;
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

function parsed(text: string): object[] {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? [value] : [];
  } catch {
    return [];
  }
}
