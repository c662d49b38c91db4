import type { Config } from '../../config/options.ts';
import { consolidateInSteps } from '../../domain/consolidation/consolidate.ts';
import { stillValid, withNew } from '../../domain/consolidation/proposals.ts';
import type { Constraints, SuggestedChange } from '../../domain/consolidation/suggested-change.ts';
import type { FrameId } from '../../domain/frame.ts';
import type { GroupId } from '../../domain/group.ts';
import { type Clock, pause } from '../../lib/async/clock.ts';
import type { PausableLoop } from '../../lib/async/pausable-loop.ts';
import type { FileSystem } from '../../lib/fs/file-system.ts';
import type { Logger } from '../../lib/logger.ts';
import { applyChange } from '../../operations/apply-change.ts';
import type { LibraryState } from '../../storage/open.ts';
import type { FeatureExtractor } from '../../vision/open.ts';
import type { KeypointVerifier } from '../keypoint-verifier.ts';
import { openGroupFactory, openMatcher } from '../open.ts';
import { thresholdsOf } from '../thresholds.ts';
import { takeSnapshot } from './library-snapshot.ts';
import { changesOf, type PlannedChange } from './planned-changes.ts';
import { type ConsolidationProgress, progressBytes, progressKey, readProgress } from './progress-record.ts';
import { constraintsIn } from './user-constraints.ts';

export interface ConsolidatorParts {
  readonly config: Config;
  readonly library: string;
  readonly files: Pick<FileSystem, 'stat' | 'readFolder'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly extractor: Pick<FeatureExtractor, 'model'>;
  readonly libraryState: LibraryState;
  /** Those in which the daemon decides. */
  readonly turns: PausableLoop;
  /** Tells how many keypoints frames share; absent where they are not asked about. */
  readonly verifier: Pick<KeypointVerifier, 'countShared'> | undefined;
  /** Looks what a person did in the library; false if it could not. */
  readonly reconcile: () => Promise<boolean>;
  /** Nothing in the library is changed, and it is only told what would be. */
  readonly isDry: boolean;
  readonly reached?: ((step: ConsolidationStep) => void) | undefined;
}

/** Named for the crash tests. */
export type ConsolidationStep = 'change-planned';

/** What second looks came to. */
export interface Consolidated {
  /** Entries of the journal. */
  readonly changes: number;
  /** Pictures that went to another group. */
  readonly pictures: number;
  /** Groups that became part of others. */
  readonly merged: number;
  /** What was found and is only proposed. */
  readonly proposed: number;
}

/** Frames that wait for a second look and get it together, with some of their groups: more at once cost less each. */
const framesMax = { atOnce: 1_024, inQuietMoments: 256 } as const;
const othersMax = 8;

/** Thinking, and changing, rests after so long: decisions have their turn. */
const sliceMs = 8;
const changingMs = 30;

const proposalsMax = 1_000;

/**
 * Looks again at frames that were filed, now that later ones are known, and has put right what should be otherwise; what
 * concerns groups that a person had a hand in, or that are published, it only proposes. Which frames still wait is in the
 * store, and so are the proposals.
 */
export class Consolidator {
  readonly #parts: ConsolidatorParts;
  #known: ConsolidationProgress;
  #isNoted: boolean;
  #sum: Consolidated = { changes: 0, pictures: 0, merged: 0, proposed: 0 };

  /** A state that never had a second look begins with what arrives from now on: what is old stays as it is. */
  constructor(parts: ConsolidatorParts) {
    const { store } = parts.libraryState;
    const known = readProgress(store);
    this.#parts = parts;
    this.#isNoted = known !== undefined;
    this.#known = known ?? { seen: store.last().frame, proposals: [] };
  }

  /** Since this process started. */
  get sum(): Consolidated {
    return this.#sum;
  }

  /** Frames that wait for a second look, and what was proposed and not answered. */
  get status(): { readonly waiting: number; readonly proposals: number } {
    const waiting = this.isOn
      ? Math.max(0, this.#parts.libraryState.store.last().frame - this.#known.seen)
      : 0;
    return { waiting, proposals: this.#known.proposals.length };
  }

  get isOn(): boolean {
    return this.#parts.config.grouping.consolidation;
  }

  /** Writes down where it begins, if that is not known yet: a crash must not make it forget what came since. */
  begin(): void {
    if (!this.#isNoted) this.#note(this.#known);
  }

  /** Looks at all that wait. False when it could not, and what is left has to wait. */
  async all(signal: AbortSignal): Promise<boolean> {
    while (this.status.waiting > 0)
      if (signal.aborted || !(await this.step(signal, framesMax.atOnce))) return false;
    return true;
  }

  /**
   * Looks at those that wait longest. False when it could not: a person was at work in the library, or another model was
   * taken into use; they wait on. Throws the system's error when a disk refuses; nothing is lost then.
   */
  async step(signal: AbortSignal, count: number = framesMax.inQuietMoments): Promise<boolean> {
    const { seen, frames } = this.#pick(count);
    const constraints = this.#constraints();
    const said = this.#said();
    const suggestedChanges = await this.#plan(frames, constraints, signal);
    if (suggestedChanges === undefined) return false;
    const changes = changesOf(suggestedChanges);
    if (changes.length > 0 && !this.#parts.isDry && !(await this.#parts.reconcile())) return false;
    while (changes.length > 0) {
      const act = async () => void (this.#said() === said && (await this.#doSome(changes)));
      const before = changes.length;
      if (!(await this.#parts.turns.whilePaused(act)) || changes.length === before) return false;
    }
    this.#propose(seen, suggestedChanges, constraints);
    return true;
  }

  /** The first frames that wait, and some of the groups that they came to. */
  #pick(count: number): { readonly seen: FrameId; readonly frames: ReadonlySet<FrameId> } {
    const { store, membership } = this.#parts.libraryState;
    const last = store.last().frame;
    const fresh: FrameId[] = [];
    let seen = this.#known.seen;
    while (seen < last && fresh.length < count) {
      seen++;
      if (membership.groupOf(seen) !== undefined) fresh.push(seen);
    }
    const groups = new Set(fresh.flatMap((frame) => membership.groupOf(frame) ?? []));
    const others = [...groups].flatMap((group) =>
      membership
        .members(group)
        .toSorted((a, b) => a - b)
        .slice(-othersMax),
    );
    return { seen, frames: new Set([...fresh, ...others]) };
  }

  #constraints(): Constraints {
    const { config, libraryState, clock } = this.#parts;
    const members = (group: GroupId) => libraryState.membership.members(group);
    return constraintsIn({ store: libraryState.store, members }, config, clock.now()).constraints;
  }

  /** Changes with every word of a person: each touches a group that none touched before, or concerns such groups only. */
  #said(): number {
    let count = 0;
    for (const _ of this.#parts.libraryState.store.regroupings.touched()) count++;
    return count;
  }

  /** Undefined when it is of no use: vectors of another space are in use now. */
  async #plan(
    frames: ReadonlySet<FrameId>,
    constraints: Constraints,
    signal: AbortSignal,
  ): Promise<SuggestedChange[] | undefined> {
    const { config, libraryState, extractor, clock, verifier } = this.#parts;
    const { index } = libraryState;
    const { clockReliability, revisitRate } = openMatcher(config, extractor.model, libraryState);
    const keypoints = verifier !== undefined;
    const given = {
      limits: thresholdsOf(config, extractor.model),
      clockReliability,
      revisitRate,
      constraints,
      keypoints,
    };
    const steps = consolidateInSteps(frames, takeSnapshot(libraryState), given);
    let answer: number | undefined;
    while (libraryState.index === index && !signal.aborted) {
      const endMs = clock.passed() + sliceMs;
      let step = steps.next(answer);
      while (!step.done && step.value === undefined && clock.passed() <= endMs) step = steps.next(undefined);
      if (step.done) return step.value;
      answer = step.value && (await verifier?.countShared(...step.value));
      await pause(clock, 0, signal);
    }
    return undefined;
  }

  /** Takes those that it did off the list. */
  async #doSome(changes: PlannedChange[]): Promise<void> {
    const { config, library, libraryState, clock, log } = this.#parts;
    const groupFactory = openGroupFactory(config, library, libraryState);
    const endMs = clock.passed() + changingMs;
    do {
      const change = changes[0] as PlannedChange;
      const pictures = await applyChange(change, { ...this.#parts, ...libraryState, groupFactory });
      changes.shift();
      this.#parts.reached?.('change-planned');
      if (pictures === 0) continue;
      log.info({ ...change.why.evidence, act: change.why.act, pictures }, 'put right after a second look');
      const merged = change.why.act === 'merge' ? 1 : 0;
      this.#count({ changes: 1, pictures, merged, proposed: 0 });
    } while (changes.length > 0 && clock.passed() < endMs);
  }

  #count(more: Consolidated): void {
    const { changes, pictures, merged, proposed } = this.#sum;
    this.#sum = {
      changes: changes + more.changes,
      pictures: pictures + more.pictures,
      merged: merged + more.merged,
      proposed: proposed + more.proposed,
    };
  }

  /** Remembers that these were looked at, and what was found that is only to be asked about. */
  #propose(seen: FrameId, suggestedChanges: readonly SuggestedChange[], constraints: Constraints): void {
    const { membership } = this.#parts.libraryState;
    const found = suggestedChanges.filter(
      (one) => one.proposed && (one.kind === 'merge' || typeof one.to === 'number'),
    );
    const open = stillValid(this.#known.proposals, membership, constraints);
    const { all, added } = withNew(open, found);
    this.#note({ seen, proposals: all.slice(-proposalsMax) });
    for (const { evidence, proposed: _, ...what } of added)
      this.#parts.log.info({ ...what, similarity: evidence.target?.score }, 'proposed after a second look');
    this.#count({ changes: 0, pictures: 0, merged: 0, proposed: added.length });
  }

  #note(known: ConsolidationProgress): void {
    this.#parts.libraryState.store.blobs.put(progressKey, progressBytes(known));
    this.#known = known;
    this.#isNoted = true;
  }
}
