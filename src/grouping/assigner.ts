import { basename } from 'node:path';
import type { Arrival, ReadableArrival, UnreadableArrival } from '../domain/arrival.ts';
import { type Assignment, assignDuplicate, byHand, type Evidence } from '../domain/assignment/assign.ts';
import type { KeypointMatch } from '../domain/assignment/keypoint-evidence.ts';
import { type Fingerprint, type FrameId, inodeIn } from '../domain/frame.ts';
import type { Group, GroupId } from '../domain/group.ts';
import { freeName, type Mode, type Placement } from '../domain/placement.ts';
import { toBytes } from '../lib/fs/byte-path.ts';
import type { StagedMembership } from '../storage/membership-cache.ts';
import type { Decision, FilingDecision, QuarantineDecision, Store } from '../storage/store.ts';
import { GroupFactory, type GroupFactoryOptions } from './group-factory.ts';
import type { GroupMatcher, MatchResult } from './group-matcher.ts';
import { initialBudget, VerificationBudget } from './verification-budget.ts';

/** Names, fingerprints and ids of the recorded frames. */
type AssignerStore = Pick<Store, 'frames' | 'quarantine'>;

export interface AssignerOptions extends GroupFactoryOptions {
  readonly mode: Mode;
  readonly duplicates: 'file' | 'skip' | 'quarantine';
  /** Whether doubtful arrivals are verified by keypoints. */
  readonly keypoints: boolean;
  /** Credit for keypoint verification after the last frame; undefined before the first. */
  readonly keypointCredit: number | undefined;
}

/** An arrival, prepared for its decision. */
export interface PendingAssignment {
  readonly arrival: Arrival;
  /** The first frame with the same bytes. */
  readonly first: FrameId | undefined;
  readonly matchResult: MatchResult | undefined;
  /** Members to verify by keypoints before the decision. */
  readonly toVerify: readonly FrameId[];
}

/**
 * Turns arrivals into decisions, one at a time, in order. Each decision considers all earlier decisions,
 * committed or not. `onCommitted` reports a commit to the store.
 */
export class Assigner {
  readonly #matcher: GroupMatcher;
  readonly #membership: StagedMembership;
  readonly #store: AssignerStore;
  readonly #options: AssignerOptions;
  readonly #groupFactory: GroupFactory;
  readonly #budget: VerificationBudget;
  readonly #unrecordedPrints = new Map<Fingerprint, FrameId>();
  readonly #unrecordedNames = new Set<string>();

  constructor(
    matcher: GroupMatcher,
    membership: StagedMembership,
    store: AssignerStore,
    options: AssignerOptions,
  ) {
    this.#matcher = matcher;
    this.#membership = membership;
    this.#store = store;
    this.#options = options;
    this.#groupFactory = new GroupFactory(membership, options);
    this.#budget = new VerificationBudget(options.keypointCredit ?? initialBudget);
  }

  /** Prepares the next decision. Changes nothing. */
  async prepare(arrival: Arrival): Promise<PendingAssignment> {
    const nothing = { arrival, first: undefined, matchResult: undefined, toVerify: [] };
    if (arrival.kind === 'unreadable') return nothing;
    const first = await this.#frameWith(arrival.fingerprint);
    if (first !== undefined && this.#isPlain(first)) return { ...nothing, first };
    const matchResult = await this.#matcher.match(arrival);
    const mayAsk = this.#options.keypoints && this.#budget.isEnough;
    return { arrival, first, matchResult, toVerify: mayAsk ? matchResult.toVerify : [] };
  }

  /** Whether equal bytes decide alone. The bytes of a forgotten frame do not name a group. */
  #isPlain(first: FrameId): boolean {
    return this.#options.duplicates !== 'file' || this.#membership.groupOf(first) !== undefined;
  }

  async assign(pending: PendingAssignment, matches: readonly KeypointMatch[] = []): Promise<Decision> {
    const { arrival, first } = pending;
    if (arrival.kind === 'unreadable') return this.#quarantine(arrival);
    if (first === undefined || this.#options.duplicates === 'file')
      return this.#file(arrival, pending, matches);
    if (this.#options.duplicates === 'quarantine') return this.#quarantine(duplicate(arrival, first));
    return { kind: 'skip', source: arrival.source, identity: arrival.identity, reason: 'duplicate' };
  }

  /**
   * Records a picture that the user put into a group's folder as a member of the group. Returns undefined if
   * the group is gone, or if the name is reserved for another frame.
   */
  async adopt(arrival: Arrival, { folder, name }: { readonly folder: string; readonly name: string }) {
    const { source, identity } = arrival;
    if (arrival.kind === 'unreadable')
      return { kind: 'skip', source, identity, reason: 'no-picture' } as const;
    const group = this.#membership.groupIn(folder);
    if (group === undefined || (await this.#isNameTaken(group.id, name))) return undefined;
    const id = await this.#takeId();
    this.#unrecordedNames.add(`${group.id}/${name}`);
    const placement = { frame: id, group: group.id, folder, name, mode: 'move', state: 'placed' } as const;
    const fileId = inodeIn(identity);
    return { ...(await this.#filing(id, arrival, group, byHand)), founded: undefined, placement, fileId };
  }

  onCommitted(): void {
    this.#unrecordedPrints.clear();
    this.#unrecordedNames.clear();
  }

  async #file(
    arrival: ReadableArrival,
    pending: PendingAssignment,
    matches: readonly KeypointMatch[],
  ): Promise<FilingDecision> {
    const id = await this.#takeId();
    const assignment = this.#assign(pending, matches);
    this.#budget.charge(pending.toVerify.length > 0);
    const founded = assignment.kind === 'founded' ? await this.#groupFactory.create(arrival) : undefined;
    const group = founded ?? this.#groupOf(assignment);
    const placement = await this.#place(id, group, basename(arrival.source));
    return { ...(await this.#filing(id, arrival, group, assignment.evidence)), founded, placement };
  }

  /** Adds the frame as a member and returns its record. */
  async #filing(id: FrameId, arrival: ReadableArrival, group: Group, evidence: Evidence) {
    await this.#matcher.add(id, arrival, group.id, evidence);
    this.#unrecordedPrints.set(arrival.fingerprint, id);
    const { kind: _, embedding, ...facts } = arrival;
    const keypointCredit = this.#budget.frames;
    return { kind: 'file', frame: { id, ...facts }, embedding, evidence, keypointCredit } as const;
  }

  #assign({ first, matchResult }: PendingAssignment, matches: readonly KeypointMatch[]): Assignment {
    if (matchResult !== undefined) return this.#matcher.decide(matchResult, matches);
    const group = first === undefined ? undefined : this.#membership.groupOf(first);
    if (first === undefined || group === undefined)
      throw new Error('an arrival was assigned without being prepared');
    return assignDuplicate(first, group);
  }

  #groupOf(assignment: Assignment): Group {
    const group = assignment.kind === 'joined' ? this.#membership.group(assignment.group) : undefined;
    if (group === undefined) throw new Error('an arrival joined a group missing from the membership cache');
    return group;
  }

  async #place(frame: FrameId, group: Group, preferred: string): Promise<Placement> {
    const name = await freeName(preferred, (candidate) => this.#isNameTaken(group.id, candidate), byteLength);
    this.#unrecordedNames.add(`${group.id}/${name}`);
    const { id, folder } = group;
    return { frame, group: id, folder, name, mode: this.#options.mode, state: 'planned' };
  }

  async #isNameTaken(group: GroupId, name: string): Promise<boolean> {
    if (this.#unrecordedNames.has(`${group}/${name}`)) return true;
    return (await this.#store.frames.at(group, name)) !== undefined;
  }

  async #frameWith(fingerprint: Fingerprint): Promise<FrameId | undefined> {
    return this.#unrecordedPrints.get(fingerprint) ?? (await this.#store.frames.withFingerprint(fingerprint));
  }

  async #takeId(): Promise<FrameId> {
    const [id] = await this.#store.frames.reserveIds(1);
    return id as FrameId;
  }

  async #quarantine({
    source,
    identity,
    reason,
    message,
    arrivedMs,
  }: UnreadableArrival): Promise<QuarantineDecision> {
    const [id = 0] = await this.#store.quarantine.reserveIds(1);
    const state = this.#options.mode === 'move' ? 'planned' : 'left';
    return {
      kind: 'quarantine',
      quarantined: { id, source, identity, reason, message, whenMs: arrivedMs, state },
    };
  }
}

function duplicate({ source, identity, arrivedMs }: ReadableArrival, first: FrameId): UnreadableArrival {
  const message = `its bytes equal those of frame ${first}`;
  return { kind: 'unreadable', source, identity, arrivedMs, reason: 'duplicate', message };
}

function byteLength(text: string): number {
  return toBytes(text).length;
}
