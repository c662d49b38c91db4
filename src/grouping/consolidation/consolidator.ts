import type { Config } from '../../config/options.ts';
import { consolidateInSteps } from '../../domain/consolidation/consolidate.ts';
import { stillValid, withNew } from '../../domain/consolidation/proposals.ts';
import { answerTo } from '../../domain/consolidation/questions.ts';
import type { Constraints, SuggestedChange } from '../../domain/consolidation/suggested-change.ts';
import type { FrameId } from '../../domain/frame.ts';
import type { GroupId } from '../../domain/group.ts';
import { type Clock, pause } from '../../lib/async/clock.ts';
import type { PausableLoop } from '../../lib/async/pausable-loop.ts';
import type { FileSystem } from '../../lib/fs/file-system.ts';
import type { EventSink } from '../../monitoring/events.ts';
import type { LibraryState } from '../../storage/open.ts';
import type { FeatureExtractor } from '../../vision/extractor.ts';
import type { KeypointVerifier } from '../keypoint-verifier.ts';
import { openMatcher } from '../open.ts';
import { thresholdsOf } from '../thresholds.ts';
import { takeSnapshot } from './library-snapshot.ts';
import { type PlannedChange, plannedChangesOf } from './planned-changes.ts';
import { type ConsolidationProgress, progressBytes, progressKey } from './progress-record.ts';
import { constraintsIn, type UserConstraints } from './user-constraints.ts';

export interface ConsolidatorParts {
  /** Progress in the store, or the starting point of a state without a progress record. */
  readonly progress: ConsolidationProgress & { readonly isRecorded: boolean };
  readonly config: Config;
  readonly files: Pick<FileSystem, 'stat' | 'readFolder'>;
  readonly clock: Clock;
  readonly events: EventSink;
  readonly extractor: Pick<FeatureExtractor, 'model'>;
  readonly libraryState: LibraryState;
  /** The loop that decides arrivals. */
  readonly loop: PausableLoop;
  /** Counts shared keypoints; undefined if keypoints are not used. */
  readonly verifier: Pick<KeypointVerifier, 'countShared'> | undefined;
  /** Reconciles the library with the user's changes. Returns false on failure. */
  readonly reconcile: () => Promise<boolean>;
  /** Applies a change. Returns the number of pictures that it moves. */
  readonly applyChange: (change: PlannedChange) => Promise<number>;
  /** Dry run: reports changes without applying them. */
  readonly isDry: boolean;
  readonly reached?: ((step: ConsolidationStep) => void) | undefined;
}

/** Steps for crash tests. */
export type ConsolidationStep = 'change-planned';

/** Totals of the consolidation. */
export interface Consolidated {
  /** Entries of the journal. */
  readonly changes: number;
  /** Pictures moved to another group. */
  readonly pictures: number;
  /** Groups merged into other groups. */
  readonly merged: number;
  /** Changes that were only proposed. */
  readonly proposed: number;
}

/** Waiting frames per step, plus some members of their groups. A larger step costs less per frame. */
const framesMax = { atOnce: 1_024, inQuietMoments: 256 } as const;
const othersMax = 8;

/** Time slices for planning and for applying changes, ms. Decisions run in between. */
const sliceMs = 8;
const changingMs = 30;

const proposalsMax = 1_000;

/**
 * Reviews filed frames with the knowledge of later frames, and corrects earlier decisions. For groups that
 * are edited by the user or published, only proposes changes. The store holds the progress and the open
 * proposals.
 */
export class Consolidator {
  readonly #parts: ConsolidatorParts;
  #known: ConsolidationProgress;
  #isRecorded: boolean;
  #sum: Consolidated = { changes: 0, pictures: 0, merged: 0, proposed: 0 };

  constructor(parts: ConsolidatorParts) {
    this.#parts = parts;
    this.#isRecorded = parts.progress.isRecorded;
    this.#known = parts.progress;
  }

  /** Totals since the start of the process. */
  get sum(): Consolidated {
    return this.#sum;
  }

  /** Frames waiting for a review, and open proposals. */
  get status(): { readonly waiting: number; readonly proposals: number } {
    const waiting = this.isOn
      ? Math.max(0, this.#parts.libraryState.membership.lastFrame - this.#known.seen)
      : 0;
    return { waiting, proposals: this.#known.proposals.length };
  }

  get isOn(): boolean {
    return this.#parts.config.grouping.consolidation;
  }

  /**
   * Records the starting point, if there is none: otherwise a crash would lose the frames that arrived since.
   */
  async begin(): Promise<void> {
    if (!this.#isRecorded) await this.#record(this.#known);
  }

  /** Reviews all waiting frames. Returns false if a step failed; the rest waits. */
  async all(signal: AbortSignal): Promise<boolean> {
    while (this.status.waiting > 0)
      if (signal.aborted || !(await this.step(signal, framesMax.atOnce))) return false;
    return true;
  }

  /**
   * Reviews the frames that waited longest. Returns false if the user was editing the library or the model
   * was switched; the frames stay waiting. Throws the system's error if a disk fails; nothing is lost.
   */
  async step(signal: AbortSignal, count: number = framesMax.inQuietMoments): Promise<boolean> {
    const { seen, frames } = await this.#pick(count);
    const known = await this.#constraints();
    const edits = await this.#countEdits();
    const suggestedChanges = await this.#plan(frames, known, signal);
    if (suggestedChanges === undefined) return false;
    const changes = plannedChangesOf(suggestedChanges);
    if (changes.length > 0 && !this.#parts.isDry && !(await this.#parts.reconcile())) return false;
    while (changes.length > 0) {
      const act = async () => void ((await this.#countEdits()) === edits && (await this.#doSome(changes)));
      const before = changes.length;
      if (!(await this.#parts.loop.whilePaused(act)) || changes.length === before) return false;
    }
    await this.#propose(seen, suggestedChanges, known.constraints);
    return true;
  }

  /** Returns the first waiting frames, with some members of their groups. */
  async #pick(count: number): Promise<{ readonly seen: FrameId; readonly frames: ReadonlySet<FrameId> }> {
    const { store, membership } = this.#parts.libraryState;
    const last = (await store.last()).frame;
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

  #constraints(): Promise<UserConstraints> {
    const { config, libraryState, clock } = this.#parts;
    const members = (group: GroupId) => libraryState.membership.members(group);
    return constraintsIn({ store: libraryState.store, members }, config, clock.now());
  }

  /** Counts edited groups. Every user's edit changes the count, or concerns only groups edited before. */
  async #countEdits(): Promise<number> {
    return (await this.#parts.libraryState.store.groups.edited()).length;
  }

  /** Returns the suggested changes, or undefined after a switch to another space. */
  async #plan(
    frames: ReadonlySet<FrameId>,
    { constraints, reasonOf }: UserConstraints,
    signal: AbortSignal,
  ): Promise<SuggestedChange[] | undefined> {
    const { config, libraryState, extractor, clock, verifier } = this.#parts;
    const { generation } = libraryState;
    const { clockReliability, revisitRate } = await openMatcher(config, extractor.model, libraryState);
    const input = {
      thresholds: thresholdsOf(config, extractor.model),
      clockReliability,
      revisitRate,
      constraints,
      keypoints: verifier !== undefined,
    };
    const library = await takeSnapshot(libraryState, {
      sharedKeypoints: async ([frame, other]) => verifier?.countShared(frame, other),
      editedGroups: async (groups) => {
        const reasons = await Promise.all(groups.map(reasonOf));
        return new Set(groups.filter((_, at) => reasons[at] !== undefined));
      },
    });
    const steps = consolidateInSteps(frames, library, input);
    let step = steps.next();
    while (libraryState.generation === generation && !signal.aborted) {
      const endMs = clock.passed() + sliceMs;
      let isEnd = false;
      while (!step.done && !isEnd) {
        const question = step.value;
        step = steps.next(question && (await answerTo(question, library)));
        isEnd = clock.passed() > endMs || question?.kind === 'shared-keypoints';
      }
      if (step.done) return step.value;
      await pause(clock, 0, signal);
    }
    return undefined;
  }

  /** Applies changes and removes them from the list, until the time slice ends. */
  async #doSome(changes: PlannedChange[]): Promise<void> {
    const { applyChange, clock, events } = this.#parts;
    const endMs = clock.passed() + changingMs;
    do {
      const change = changes[0] as PlannedChange;
      const pictures = await applyChange(change);
      changes.shift();
      this.#parts.reached?.('change-planned');
      if (pictures === 0) continue;
      const { act, evidence } = change.why;
      events.emit('change.planned', { act, evidence, pictures });
      const merged = act === 'merge' ? 1 : 0;
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

  /** Records the progress and the new proposals. */
  async #propose(
    seen: FrameId,
    suggestedChanges: readonly SuggestedChange[],
    constraints: Constraints,
  ): Promise<void> {
    const { membership } = this.#parts.libraryState;
    const found = suggestedChanges.filter(
      (one) => one.proposed && (one.kind === 'merge' || typeof one.to === 'number'),
    );
    const open = stillValid(this.#known.proposals, membership, constraints);
    const { all, added } = withNew(open, found);
    await this.#record({ seen, proposals: all.slice(-proposalsMax) });
    for (const { evidence, proposed: _, ...change } of added)
      this.#parts.events.emit('change.proposed', { change, similarity: evidence.target?.score });
    this.#count({ changes: 0, pictures: 0, merged: 0, proposed: added.length });
  }

  async #record(known: ConsolidationProgress): Promise<void> {
    await this.#parts.libraryState.store.settings.put(progressKey, progressBytes(known));
    this.#known = known;
    this.#isRecorded = true;
  }
}
