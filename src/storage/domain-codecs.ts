import type { Candidate, Evidence, Member } from '../domain/assignment/assign.ts';
import type { TimeObservation } from '../domain/assignment/clock-reliability.ts';
import type { CaptureTime, FrameId } from '../domain/frame.ts';
import type { GroupId } from '../domain/group.ts';
import type { ChangeReason } from '../domain/group-change.ts';

/**
 * Translates the domain's objects to their form in the store and in manifests, and back. Each key of the disk
 * stands here in full: a rename in memory does not change the disk. Encoders write the keys in the order of
 * their types.
 */

export interface CaptureTimeRecord {
  ms: number;
  origin: 'exif' | 'name' | 'mtime';
}

export interface EvidenceRecord {
  rule: Evidence['rule'];
  join: number;
  probability: number;
  nearest: CandidateRecord | undefined;
  runnerUp: CandidateRecord | undefined;
  doubtful?: boolean;
  lessons?: LessonRecord[];
  known?: number;
}

interface CandidateRecord {
  group: number;
  score: number;
  members: MemberRecord[];
  lift?: number;
  spanMs?: number;
}

interface MemberRecord {
  frame: number;
  similarity: number;
  inliers?: number;
}

interface LessonRecord {
  clock: TimeObservation['clock'];
  spanMs: number;
  share: number;
}

export interface ChangeReasonRecord {
  act: ChangeReason['act'];
  by: ChangeReason['by'];
  rule: string;
  evidence: Readonly<Record<string, string | number>>;
}

export function captureTimeRecord({ ms, origin }: CaptureTime): CaptureTimeRecord {
  return { ms, origin };
}

export function readCaptureTime({ ms, origin }: CaptureTimeRecord): CaptureTime {
  return { ms, origin };
}

export function evidenceRecord(evidence: Evidence): EvidenceRecord {
  const { rule, join, probability, nearest, runnerUp, doubtful, lessons, known } = evidence;
  return {
    rule,
    join,
    probability,
    nearest: nearest && candidateRecord(nearest),
    runnerUp: runnerUp && candidateRecord(runnerUp),
    ...(doubtful !== undefined && { doubtful }),
    ...(lessons !== undefined && { lessons: lessons.map(lessonRecord) }),
    ...(known !== undefined && { known }),
  };
}

export function readEvidence(record: EvidenceRecord): Evidence {
  const { rule, join, probability, nearest, runnerUp, doubtful, lessons, known } = record;
  return {
    rule,
    join,
    probability,
    nearest: nearest && readCandidate(nearest),
    runnerUp: runnerUp && readCandidate(runnerUp),
    ...(doubtful !== undefined && { doubtful }),
    ...(lessons !== undefined && { lessons: lessons.map(lessonRecord) }),
    ...(known !== undefined && { known }),
  };
}

function candidateRecord({ group, score, members, lift, spanMs }: Candidate): CandidateRecord {
  return {
    group,
    score,
    members: members.map(memberRecord),
    ...(lift !== undefined && { lift }),
    ...(spanMs !== undefined && { spanMs }),
  };
}

function readCandidate({ group, score, members, lift, spanMs }: CandidateRecord): Candidate {
  return {
    group: group as GroupId,
    score,
    members: members.map(readMember),
    ...(lift !== undefined && { lift }),
    ...(spanMs !== undefined && { spanMs }),
  };
}

function memberRecord({ frame, similarity, inliers }: Member): MemberRecord {
  return { frame, similarity, ...(inliers !== undefined && { inliers }) };
}

function readMember({ frame, similarity, inliers }: MemberRecord): Member {
  return { frame: frame as FrameId, similarity, ...(inliers !== undefined && { inliers }) };
}

/** Memory and disk have the same keys in the same order, so a single function serves both ways. */
function lessonRecord({ clock, spanMs, share }: LessonRecord): LessonRecord {
  return { clock, spanMs, share };
}

export function changeReasonRecord({ act, by, rule, evidence }: ChangeReason): ChangeReasonRecord {
  return { act, by, rule, evidence: { ...evidence } };
}

export function readChangeReason({ act, by, rule, evidence }: ChangeReasonRecord): ChangeReason {
  return { act, by, rule, evidence };
}
