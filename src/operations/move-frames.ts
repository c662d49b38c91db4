import { basename, join } from 'node:path';
import type { FrameId } from '../domain/frame.ts';
import type { Group, GroupId } from '../domain/group.ts';
import type { ChangeReason, MoveRequest } from '../domain/group-change.ts';
import { freeName, plainName } from '../domain/placement.ts';
import type { Clock } from '../lib/async/clock.ts';
import { codeOf } from '../lib/errors.ts';
import { toBytes } from '../lib/fs/byte-path.ts';
import type { FileSystem } from '../lib/fs/file-system.ts';
import type { FrameRecord, PlannedGroupChange, PlannedMove, Store, StoreReader } from '../storage/store.ts';

/**
 * Plans that filed pictures change their group, for consolidation, commands and undo. A plan is on disk when
 * `planMoves` returns; `PlacementWorker.attend` carries the plan out, now or at the next start.
 *
 * Concurrent decisions do not know a new plan: a picture may still join the old group. Call `planMoves`
 * between two batches of decisions (`PausableLoop.whilePaused`) if that matters.
 */

export interface MoveContext {
  readonly store: Store;
  readonly files: Pick<FileSystem, 'stat' | 'readFolder'>;
  readonly library: string;
  readonly clock: Pick<Clock, 'now'>;
}

export interface MovePlan {
  /** Entry of the journal; undefined when no frame can be moved. */
  readonly id: number | undefined;
  readonly planned: readonly PlannedMove[];
  readonly refused: readonly RejectedMove[];
}

export interface RejectedMove {
  readonly frame: FrameId;
  readonly reason: 'unknown' | 'on its way' | 'not where it was' | 'there already' | 'moved since' | 'gone';
}

/** A note about the plan, written in the same transaction. */
export type NotedPlan = (done: MovePlan) => { readonly key: string; readonly value: Buffer };

interface MovePlanOptions extends Pick<PlannedGroupChange, 'undoes' | 'founded'> {
  readonly noted?: NotedPlan | undefined;
}

/**
 * Plans moves to other groups as one change; a group may be new. Returns the impossible moves with reasons.
 * Throws the system's error if the library cannot be read, and TransientError if the store's disk refuses.
 */
export async function planMoves(
  parts: MoveContext,
  moves: readonly MoveRequest[],
  why: ChangeReason,
  { undoes, founded, noted }: MovePlanOptions = {},
): Promise<MovePlan> {
  const planned: PlannedMove[] = [];
  const refused: RejectedMove[] = [];
  const names = new FreeNames(parts, founded);
  for (const move of moves) {
    const one = await planMove(move, parts, names);
    if ('reason' in one) refused.push(one);
    else planned.push(one);
  }
  if (planned.length === 0) return { id: undefined, planned, refused };
  const { store, clock } = parts;
  const planOf = (id: number | undefined, recorded: readonly PlannedMove[]): MovePlan => {
    return { id, planned: recorded, refused: [...refused, ...overtaken(planned, recorded)] };
  };
  const note = noted && ((id: number, recorded: readonly PlannedMove[]) => noted(planOf(id, recorded)));
  const change = { whenMs: clock.now(), why, frames: planned, undoes, founded, note };
  const { id, frames } = await store.planChange(change);
  return planOf(id, frames);
}

/** A person or a placement may have been faster while files were looked at. */
function overtaken(planned: readonly PlannedMove[], recorded: readonly PlannedMove[]): RejectedMove[] {
  const kept = new Set(recorded.map(({ frame }) => frame));
  return planned.flatMap(({ frame }) => (kept.has(frame) ? [] : { frame, reason: 'on its way' }));
}

/** Returns the moves of all pictures of a group into another group. */
export async function mergeOf(store: StoreReader, from: GroupId, into: GroupId): Promise<MoveRequest[]> {
  return Array.from(await store.groups.members(from), (frame) => ({ frame, to: into }));
}

async function planMove(
  { frame, to, name }: MoveRequest,
  { store, files, library }: MoveContext,
  names: FreeNames,
): Promise<PlannedMove | RejectedMove> {
  const filing = await store.frames.get(frame);
  const refusal = await rejectionOf(filing, to, store);
  if (filing === undefined || refusal !== undefined) return { frame, reason: refusal ?? 'unknown' };
  const { placement } = filing;
  try {
    const { identity } = await files.stat(join(library, placement.folder, placement.name));
    const wanted = name ?? plainName(placement.name, basename(filing.frame.source));
    const from = { group: placement.group, name: placement.name };
    return { frame, from, to: { group: to, name: await names.takeName(to, wanted) }, identity };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { frame, reason: 'not where it was' };
    throw error;
  }
}

async function rejectionOf(
  filing: FrameRecord | undefined,
  to: GroupId,
  store: StoreReader,
): Promise<RejectedMove['reason'] | undefined> {
  if (filing === undefined) return 'unknown';
  if (filing.placement.group === to) return 'there already';
  const isUnderWay = (await store.moves.get(filing.frame.id)) !== undefined;
  return filing.placement.state === 'planned' || isUnderWay ? 'on its way' : undefined;
}

/** Names in the groups' folders, including names given a moment ago. */
class FreeNames {
  readonly #parts: MoveContext;
  readonly #taken = new Map<GroupId, Set<string>>();
  readonly #founded: Group | undefined;

  constructor(parts: MoveContext, founded: Group | undefined) {
    this.#parts = parts;
    this.#founded = founded;
  }

  async takeName(group: GroupId, wanted: string): Promise<string> {
    const taken = this.#taken.get(group) ?? (await this.#onDisk(group));
    this.#taken.set(group, taken);
    const isTaken = async (name: string) =>
      taken.has(name) || (await this.#parts.store.frames.at(group, name)) !== undefined;
    const name = await freeName(wanted, isTaken, (text) => toBytes(text).length);
    taken.add(name);
    return name;
  }

  async #onDisk(group: GroupId): Promise<Set<string>> {
    const { files, library, store } = this.#parts;
    const folder = this.#founded?.id === group ? this.#founded.folder : await store.groups.folderOf(group);
    try {
      return new Set((await files.readFolder(join(library, folder))).map(({ name }) => name));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return new Set();
      throw error;
    }
  }
}
