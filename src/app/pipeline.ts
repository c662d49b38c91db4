import type { Arrival } from '../domain/arrival.ts';
import type { FrameId } from '../domain/frame.ts';
import { locateInLibrary } from '../domain/placement.ts';
import type { Assigner } from '../grouping/assigner.ts';
import type { KeypointVerifier } from '../grouping/keypoint-verifier.ts';
import type { DiskSpaceGuard } from '../ingest/disk-space.ts';
import type { Intake, SettledFile } from '../ingest/intake.ts';
import { arrivalOf, type Prepared, type PrepareParts, type PrepareStep, prepare } from '../ingest/prepare.ts';
import { putBack } from '../ingest/put-back.ts';
import { inBatches, mapInOrder } from '../lib/async/batches.ts';
import type { PlacementWorker } from '../library/placing/placement-worker.ts';
import type { Decision, FilingDecision } from '../storage/store.ts';
import { type CommitParts, commit } from './commit.ts';

export type PipelineStep = PrepareStep | 'assigned' | 'committed' | 'marked';

export interface PipelineParts extends CommitParts {
  readonly intake: Intake;
  readonly prepare: Omit<PrepareParts, 'reached'>;
  readonly assigner: Assigner;
  /** Undefined if keypoints are off. */
  readonly verifier: KeypointVerifier | undefined;
  readonly placementWorker: PlacementWorker;
  readonly library: string;
  readonly diskSpace: DiskSpaceGuard;
  readonly reached: (step: PipelineStep) => void;
}

export interface PipelineOptions {
  /** Pictures decoded and embedded in parallel. */
  readonly concurrency: number;
  /** Maximum number of decisions in a transaction. */
  readonly batchMax: number;
  /** For this long after the last change an unreadable file counts as incomplete. */
  readonly incompleteMs: number;
  /** Attempts to commit before a refusing store ends the run. */
  readonly triesMax: number;
}

/**
 * The way of all pictures. Takes no new file after `until` aborts, and returns when all files under way are
 * filed. `signal` also ends waits.
 */
export async function runPipeline(
  parts: PipelineParts,
  options: PipelineOptions,
  signal: AbortSignal,
  until = signal,
): Promise<void> {
  const { intake, verifier, placementWorker, reached } = parts;
  const work = (file: SettledFile) => prepare(file, { ...parts.prepare, reached });
  const prepared = mapInOrder(intake.frames(until), work, options.concurrency, 2 * options.batchMax);
  for await (const batch of inBatches(prepared, options.batchMax)) {
    if (!(await parts.diskSpace.wait(signal))) return;
    const usable = batch.filter((one) => !putBack(one, parts, options.incompleteMs));
    const { assigned, decisions, verified } = await assignInOrder(usable, parts);
    reached('assigned');
    // Without a commit no file was touched: the next start decides anew.
    if (!(await commit(decisions, parts, options.triesMax, signal))) return;
    await verifier?.onCommitted(decisions, verified);
    reached('committed');
    await placementWorker.carryOut(decisions.filter(isToBePlaced).map(({ frame }) => frame.id));
    for (const decision of decisions)
      if (decision.kind === 'quarantine') await placementWorker.quarantine(decision.quarantined);
    reached('marked');
    for (const [at, decision] of decisions.entries()) emit(decision, assigned[at] as Prepared, parts);
    for (const { file } of usable) intake.release(file.path);
    await placementWorker.retryPending();
  }
}

/** Each decision knows the decisions before. A doubtful arrival waits for its keypoints. */
async function assignInOrder(batch: readonly Prepared[], parts: PipelineParts) {
  const assigned: Prepared[] = [];
  const decisions: Decision[] = [];
  const verified: FrameId[] = [];
  for (const prepared of batch) {
    const arrival = arrivalOf(prepared);
    const location = locateInLibrary(parts.library, arrival.source);
    const decision =
      location === undefined
        ? await assignWithVerification(arrival, { decisions, verified }, parts)
        : await parts.assigner.adopt(arrival, location);
    if (decision === undefined) continue;
    assigned.push(prepared);
    decisions.push(decision);
  }
  return { assigned, decisions, verified };
}

async function assignWithVerification(
  arrival: Arrival,
  before: { readonly decisions: readonly Decision[]; readonly verified: FrameId[] },
  { assigner, verifier }: PipelineParts,
): Promise<Decision> {
  const pending = await assigner.prepare(arrival);
  const { toVerify } = pending;
  const isAsked = arrival.kind === 'readable' && toVerify.length > 0;
  const matches = isAsked ? await verifier?.verify(arrival, toVerify, before.decisions) : undefined;
  before.verified.push(...toVerify);
  return assigner.assign(pending, matches);
}

function emit(decision: Decision, prepared: Prepared, { events, clock }: PipelineParts): void {
  if (decision.kind === 'skip') return events.emit('frame.skipped', decision);
  if (decision.kind === 'quarantine') return events.emit('frame.quarantined', decision.quarantined);
  if (decision.founded !== undefined) events.emit('group.created', { group: decision.founded });
  const stageTimes = prepared.kind === 'readable' ? prepared.stageTimes : undefined;
  const totalMs = clock.now() - decision.frame.arrivedMs;
  events.emit(isToBePlaced(decision) ? 'frame.filed' : 'frame.adopted', { decision, stageTimes, totalMs });
}

/** Returns false for a picture already placed by a user. */
function isToBePlaced(decision: Decision): decision is FilingDecision {
  return decision.kind === 'file' && decision.placement.state === 'planned';
}
