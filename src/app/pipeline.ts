import type { Arrival } from '../domain/arrival.ts';
import { similarityTo } from '../domain/assignment/assign.ts';
import type { FrameId } from '../domain/frame.ts';
import type { FrameError } from '../domain/frame-error.ts';
import { spotIn } from '../domain/placement.ts';
import type { Decider } from '../grouping/assigner.ts';
import type { SeeingAgain } from '../grouping/keypoint-verifier.ts';
import type { DiskRoom } from '../ingest/disk-space.ts';
import type { Intake } from '../ingest/intake.ts';
import { type Prepared, type PrepareParts, type PrepareStep, prepare } from '../ingest/prepare.ts';
import { backoffMs } from '../lib/async/backoff.ts';
import { inBatches, mapInOrder } from '../lib/async/batches.ts';
import type { Clock } from '../lib/async/clock.ts';
import { isTransient } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import type { FilingWork } from '../library/placing/placement-worker.ts';
import type { Tally } from '../monitoring/statistics.ts';
import type { Catalogue } from '../storage/membership-cache.ts';
import type { Decision, FilingDecision, SkipDecision, Store } from '../storage/store.ts';
import type { VectorIndex } from '../storage/vectors/vector-index.ts';

export type PipelineStep = PrepareStep | 'assigned' | 'committed' | 'marked';

export interface PipelineParts {
  readonly intake: Intake;
  readonly prepare: Omit<PrepareParts, 'reached'>;
  readonly decider: Decider;
  /** Where keypoints are asked. */
  readonly seeingAgain: SeeingAgain | undefined;
  readonly catalogue: Catalogue;
  readonly store: Store;
  readonly index: VectorIndex;
  readonly filing: FilingWork;
  readonly library: string;
  readonly diskRoom: DiskRoom;
  readonly tally: Tally;
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
  const { intake, seeingAgain, filing, reached } = parts;
  const preparing = (file: Parameters<typeof prepare>[0]) => prepare(file, { ...parts.prepare, reached });
  const prepared = mapInOrder(intake.frames(until), preparing, options.concurrency, 2 * options.batchMax);
  for await (const batch of inBatches(prepared, options.batchMax)) {
    if (!(await parts.diskRoom.wait(signal))) return;
    const usable = batch.filter((one) => !putBack(one, parts, options));
    const { decided, decisions, compared } = await decideInTurn(usable, parts);
    reached('assigned');
    if (!(await commit(decisions, parts, options, signal))) return; // nothing was touched: the next start decides anew
    seeingAgain?.recorded(decisions, compared);
    reached('committed');
    await filing.carryOut(decisions.filter(isToBePlaced).map(({ frame }) => frame.id));
    for (const decision of decisions)
      if (decision.kind === 'quarantine') await filing.quarantine(decision.quarantined);
    reached('marked');
    report(decided, decisions, parts);
    for (const { file } of usable) intake.release(file.path);
    await filing.retryStuck();
  }
}

/** Each knows the decisions before it. Those in doubt wait for what keypoints say. */
async function decideInTurn(batch: readonly Prepared[], parts: PipelineParts) {
  const decided: Prepared[] = [];
  const decisions: Decision[] = [];
  const compared: FrameId[] = [];
  for (const one of batch) {
    const arrival = arrivalOf(one);
    const spot = spotIn(parts.library, arrival.source);
    const decision =
      spot === undefined
        ? await decideByLooks(arrival, { decisions, compared }, parts)
        : parts.decider.adopt(arrival, spot);
    if (decision === undefined) continue;
    decided.push(one);
    decisions.push(decision);
  }
  return { decided, decisions, compared };
}

async function decideByLooks(
  arrival: Arrival,
  before: { readonly decisions: readonly Decision[]; readonly compared: FrameId[] },
  { decider, seeingAgain }: PipelineParts,
): Promise<Decision> {
  const considered = decider.consider(arrival);
  const { inDoubt } = considered;
  const isAsked = arrival.kind === 'readable' && inDoubt.length > 0;
  const verdicts = isAsked ? await seeingAgain?.compare(arrival, inDoubt, before.decisions) : undefined;
  before.compared.push(...inDoubt);
  return decider.decide(considered, verdicts);
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
      parts.decider.recorded();
      await parts.index.recorded();
      return true;
    } catch (error) {
      if (!isTransient(error) || tries >= triesMax) throw error;
      parts.tally.trouble('store', error);
      parts.log.error({ err: error, tries }, 'the store refused; trying again');
      await parts.clock.sleep(backoffMs(tries), signal).catch(() => {});
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
    parts.tally.count(decision);
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
