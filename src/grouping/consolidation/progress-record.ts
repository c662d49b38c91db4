import type { GroupSimilarity } from '../../domain/consolidation/group-similarity.ts';
import type {
  SuggestedChange,
  SuggestedChangeEvidence,
} from '../../domain/consolidation/suggested-change.ts';
import type { FrameId } from '../../domain/frame.ts';
import type { GroupId } from '../../domain/group.ts';
import type { StoreReader } from '../../storage/store.ts';

/** Progress of the consolidation. Frames after `seen` are still waiting. */
export interface ConsolidationProgress {
  readonly seen: FrameId;
  /** Open proposals, oldest first. */
  readonly proposals: readonly SuggestedChange[];
}

export const progressKey = 'second-look';

const noteVersion = 1;

interface ProgressRecord {
  v: number;
  seen: number;
  proposals: ProposalRecord[];
}

/** A proposal in the store. Encoders write the keys in this order. */
type ProposalRecord =
  | { kind: 'merge'; from: number; into: number; evidence: ProposalEvidenceRecord; proposed: boolean }
  | {
      kind: 'move';
      frame: number;
      from: number;
      to: number | { foundedBy: number };
      evidence: ProposalEvidenceRecord;
      proposed: boolean;
    };

interface ProposalEvidenceRecord {
  join: number;
  target?: SimilarityRecord | undefined;
  own?: SimilarityRecord | undefined;
  inliers?: number;
}

interface SimilarityRecord {
  score: number;
  best: number;
  pair: [number, number];
  mean: number;
  lift: number;
  crowding: number;
}

/**
 * Returns undefined if there is no record, or a record of another version. The consolidation works without a
 * record.
 */
export async function readProgress({
  settings,
}: Pick<StoreReader, 'settings'>): Promise<ConsolidationProgress | undefined> {
  const bytes = await settings.get(progressKey);
  const note = bytes && (JSON.parse(bytes.toString('utf8')) as ProgressRecord);
  if (note?.v !== noteVersion) return undefined;
  return { seen: note.seen as FrameId, proposals: note.proposals.map(readProposal) };
}

/**
 * Returns the recorded progress. Without a record, the consolidation starts with new arrivals: old frames
 * stay unchanged.
 */
export async function progressOf(
  store: Pick<StoreReader, 'settings' | 'last'>,
): Promise<ConsolidationProgress & { readonly isRecorded: boolean }> {
  const recorded = await readProgress(store);
  if (recorded !== undefined) return { ...recorded, isRecorded: true };
  return { seen: (await store.last()).frame, proposals: [], isRecorded: false };
}

export function progressBytes({ seen, proposals }: ConsolidationProgress): Buffer {
  const record: ProgressRecord = { v: noteVersion, seen, proposals: proposals.map(proposalRecord) };
  return Buffer.from(JSON.stringify(record));
}

function proposalRecord(one: SuggestedChange): ProposalRecord {
  const { from, proposed } = one;
  const evidence = evidenceRecord(one.evidence);
  if (one.kind === 'merge') return { kind: 'merge', from, into: one.into, evidence, proposed };
  const to = typeof one.to === 'number' ? one.to : { foundedBy: one.to.foundedBy };
  return { kind: 'move', frame: one.frame, from, to, evidence, proposed };
}

function readProposal(record: ProposalRecord): SuggestedChange {
  const [from, evidence] = [record.from as GroupId, readEvidence(record.evidence)];
  const { proposed } = record;
  if (record.kind === 'merge')
    return { kind: 'merge', from, into: record.into as GroupId, evidence, proposed };
  const { frame, to } = record;
  const target = typeof to === 'number' ? (to as GroupId) : ({ foundedBy: to.foundedBy as FrameId } as const);
  return { kind: 'move', frame: frame as FrameId, from, to: target, evidence, proposed };
}

function evidenceRecord({ join, target, own, inliers }: SuggestedChangeEvidence): ProposalEvidenceRecord {
  return {
    join,
    target: target && similarityRecord(target),
    own: own && similarityRecord(own),
    ...(inliers !== undefined && { inliers }),
  };
}

function readEvidence({ join, target, own, inliers }: ProposalEvidenceRecord): SuggestedChangeEvidence {
  return {
    join,
    target: target && readSimilarity(target),
    own: own && readSimilarity(own),
    ...(inliers !== undefined && { inliers }),
  };
}

function similarityRecord({ score, best, pair, mean, lift, crowding }: GroupSimilarity): SimilarityRecord {
  return { score, best, pair: [pair[0], pair[1]], mean, lift, crowding };
}

function readSimilarity({ score, best, pair, mean, lift, crowding }: SimilarityRecord): GroupSimilarity {
  return { score, best, pair: [pair[0] as FrameId, pair[1] as FrameId], mean, lift, crowding };
}
