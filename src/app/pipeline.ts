import type { Arrival } from '../domain/arrival.ts';
import { similarityTo } from '../domain/assignment/assign.ts';
import type { FrameId } from '../domain/frame.ts';
import type { FrameError } from '../domain/frame-error.ts';
import { locateInLibrary } from '../domain/placement.ts';
import type { Assigner } from '../grouping/assigner.ts';
import type { KeypointVerifier } from '../grouping/keypoint-verifier.ts';
import type { DiskSpaceGuard } from '../ingest/disk-space.ts';
import type { Intake } from '../ingest/intake.ts';
import { type Prepared, type PrepareParts, type PrepareStep, prepare } from '../ingest/prepare.ts';
import { backoffMs } from '../lib/async/backoff.ts';
import { inBatches, mapInOrder } from '../lib/async/batches.ts';
import { type Clock, pause } from '../lib/async/clock.ts';
import { isTransient } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import type { PlacementWorker } from '../library/placing/placement-worker.ts';
import type { Statistics } from '../monitoring/statistics.ts';
import type { MembershipReader } from '../storage/membership-cache.ts';
import type { Decision, FilingDecision, SkipDecision, Store } from '../storage/store.ts';
import type { VectorIndex } from '../storage/vectors/vector-index.ts';

export type PipelineStep = PrepareStep | 'assigned' | 'committed' | 'marked';

export interface PipelineParts {
  readonly intake: Intake;
  readonly prepare: Omit<PrepareParts, 'reached'>;
  readonly assigner: Assigner;
  /** Where keypoints are asked. */
  readonly verifier: KeypointVerifier | undefined;
  readonly membership: MembershipReader;
  readonly store: Store;
  readonly index: VectorIndex;
  readonly placementWorker: PlacementWorker;
  readonly library: string;
  readonly diskSpace: DiskSpaceGuard;
  readonly statistics: Statistics;
  readonly clock: Clock;
  readonly log: Logger;
  readonly reached: (step: PipelineStep) => void;
  /** Told of each decision once it is carried out. */
  readonly onDecision: (decision: Decision) => void;
}

export interface PipelineOptions {
  /** Pictures that are decoded and embedded at once. */
  readonly concurrency: number;
  /** Decisions that share a transaction, when so many have come. */
  readonly batchMax: number;
  /** How long after its last change an unreadable file may still be one that is being written, ms. */
  readonly incompleteMs: number;
  /** Tries after which a refusing store is given up. */
  readonly triesMax: number;
}

/**
 * The one way through. Takes no more when `until` aborted, and ends when all that was under way is filed; `signal` cuts
 * waits short too.
 */
export async function runPipeline(
  parts: PipelineParts,
  options: PipelineOptions,
  signal: AbortSignal,
  until = signal,
): Promise<void> {
  const { intake, verifier, placementWorker, reached } = parts;
  const preparing = (file: Parameters<typeof prepare>[0]) => prepare(file, { ...parts.prepare, reached });
  const prepared = mapInOrder(intake.frames(until), preparing, options.concurrency, 2 * options.batchMax);
  for await (const batch of inBatches(prepared, options.batchMax)) {
    if (!(await parts.diskSpace.wait(signal))) return;
    const usable = batch.filter((one) => !putBack(one, parts, options));
    const { decided, decisions, compared } = await assignInOrder(usable, parts);
    reached('assigned');
    if (!(await commit(decisions, parts, options, signal))) return; // nothing was touched: the next start decides anew
    verifier?.onCommitted(decisions, compared);
    reached('committed');
    await placementWorker.carryOut(decisions.filter(isToBePlaced).map(({ frame }) => frame.id));
    for (const decision of decisions)
      if (decision.kind === 'quarantine') await placementWorker.quarantine(decision.quarantined);
    reached('marked');
    report(decided, decisions, parts);
    for (const { file } of usable) intake.release(file.path);
    await placementWorker.retryPending();
  }
}

/** Each knows the decisions before it. Those in doubt wait for what keypoints say. */
async function assignInOrder(batch: readonly Prepared[], parts: PipelineParts) {
  const decided: Prepared[] = [];
  const decisions: Decision[] = [];
  const compared: FrameId[] = [];
  for (const one of batch) {
    const arrival = arrivalOf(one);
    const location = locateInLibrary(parts.library, arrival.source);
    const decision =
      location === undefined
        ? await assignWithVerification(arrival, { decisions, compared }, parts)
        : parts.assigner.adopt(arrival, location);
    if (decision === undefined) continue;
    decided.push(one);
    decisions.push(decision);
  }
  return { decided, decisions, compared };
}

async function assignWithVerification(
  arrival: Arrival,
  before: { readonly decisions: readonly Decision[]; readonly compared: FrameId[] },
  { assigner, verifier }: PipelineParts,
): Promise<Decision> {
  const pending = assigner.prepare(arrival);
  const { toVerify } = pending;
  const isAsked = arrival.kind === 'readable' && toVerify.length > 0;
  const verdicts = isAsked ? await verifier?.verify(arrival, toVerify, before.decisions) : undefined;
  before.compared.push(...toVerify);
  return assigner.assign(pending, verdicts);
}

/** With the waits between them, about the half minute that a dated file is given. */
const triesOfUndated = 7;

/** Hands back to the intake what can't be decided now. */
function putBack(
  one: Prepared,
  { intake, clock }: PipelineParts,
  { incompleteMs }: PipelineOptions,
): boolean {
  const { path, facts } = one.file;
  const tries = intake.triesOf(path) + 1;
  const ageMs = clock.now() - facts.mtimeMs;
  // A time that is still to come says nothing about a file's age: there, tries count.
  const isYoung = ageMs < incompleteMs && (ageMs >= 0 || tries <= triesOfUndated);
  if (one.kind === 'gone') intake.release(path);
  else if (one.kind === 'postponed') intake.postpone(path, one.error, tries);
  else if (one.kind === 'faulty' && isYoung) intake.postpone(path, one.error, tries);
  else return false;
  return true;
}

function arrivalOf(one: Prepared): Arrival {
  if (one.kind === 'readable') return one.arrival;
  const { path, facts, arrivedMs } = one.file;
  const { reason, message } = (one as { error: FrameError }).error;
  return { kind: 'unreadable', source: path, identity: facts.identity, arrivedMs, reason, message };
}

/** Tries until the store takes the decisions; false when the signal aborted before it did. */
async function commit(
  decisions: readonly Decision[],
  parts: PipelineParts,
  { triesMax }: PipelineOptions,
  signal: AbortSignal,
): Promise<boolean> {
  for (let tries = 1; ; tries++) {
    try {
      parts.store.commit(decisions);
      parts.assigner.onCommitted();
      await parts.index.onCommitted();
      return true;
    } catch (error) {
      if (!isTransient(error) || tries >= triesMax) throw error;
      parts.statistics.recordError('store', error);
      parts.log.error({ err: error, tries }, 'the store refused; trying again');
      await pause(parts.clock, backoffMs(tries), signal);
      if (signal.aborted) return false;
    }
  }
}

const skippedBecause: Record<SkipDecision['reason'], string> = {
  duplicate: 'skipped: the same bytes were filed before',
  'no-picture': 'a file in a folder of the library is no picture that can be read, and is left alone',
};

/** One line for each frame. */
function report(batch: readonly Prepared[], decisions: readonly Decision[], parts: PipelineParts): void {
  decisions.forEach((decision, i) => {
    const one = batch[i] as Prepared;
    parts.statistics.count(decision);
    parts.onDecision(decision);
    if (decision.kind === 'file')
      parts.log.info(
        filedFields(decision, one, parts.clock.now()),
        isToBePlaced(decision) ? 'filed' : 'adopted',
      );
    else if (decision.kind === 'skip')
      parts.log.info({ source: decision.source }, skippedBecause[decision.reason]);
    else {
      const { source, reason, message } = decision.quarantined;
      parts.log.warn({ source, reason, message }, 'quarantined');
    }
  });
}

function filedFields({ frame, founded, evidence, placement }: FilingDecision, one: Prepared, nowMs: number) {
  const timing = one.kind === 'readable' ? one.timing : undefined;
  return {
    frame: frame.id,
    source: frame.source,
    group: placement.folder,
    founded: founded !== undefined,
    similarity: rounded(evidence.nearest && similarityTo(evidence.nearest), 4),
    probability: rounded(evidence.probability, 3),
    readMs: rounded(timing?.readMs, 1),
    decodeMs: rounded(timing?.decodeMs, 1),
    embedMs: rounded(timing?.embedMs, 1),
    totalMs: nowMs - frame.arrivedMs,
  };
}

function rounded(value: number | undefined, digits: number): number | undefined {
  return value === undefined ? undefined : Number(value.toFixed(digits));
}

/** Not a picture that a person put where it belongs. */
function isToBePlaced(decision: Decision): decision is FilingDecision {
  return decision.kind === 'file' && decision.placement.state === 'planned';
}
