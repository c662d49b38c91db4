import type { FrameId } from '../../../src/domain/frame.ts';
import type { PendingMove } from '../../../src/domain/group-change.ts';
import type {
  FinishedMove,
  PlannedGroupChange,
  PlannedMove,
  RecordedPlan,
} from '../../../src/storage/store.ts';
import { ascending, type MemoryState } from './state.ts';

/** Group changes and moves in memory. */
export class MemoryMoves {
  readonly #state: MemoryState;

  constructor(state: MemoryState) {
    this.#state = state;
  }

  all(): PendingMove[] {
    return ascending(this.#state.moves.keys()).map((frame) => this.#state.moves.get(frame) as PendingMove);
  }

  plan(change: PlannedGroupChange): RecordedPlan {
    const frames = change.frames.filter((one) => this.#isStill(one));
    if (frames.length === 0 && change.frames.length > 0) return { id: undefined, frames };
    return { id: this.#record({ ...change, frames }), frames };
  }

  #isStill({ frame, from }: PlannedMove): boolean {
    const stored = this.#state.frames.get(frame);
    const isThere = stored?.group === from.group && stored.name === from.name;
    return isThere && !this.#state.moves.has(frame);
  }

  #record({ whenMs, why, frames, undoes, founded, note }: PlannedGroupChange): number {
    const state = this.#state;
    const id = state.changes.length + 1;
    const moves = frames.map(({ frame, from, to }) => ({ frame, from, to }));
    state.changes.push({ id, whenMs, why, frames: moves, undoes, undoneBy: undefined });
    const undone = undoes === undefined ? undefined : state.changes[undoes - 1];
    if (undone !== undefined) state.changes[undone.id - 1] = { ...undone, undoneBy: id };
    if (founded !== undefined) state.putGroup(founded);
    const { key, value } = note?.(id, frames) ?? {};
    if (key !== undefined) state.requests.set(key, value as Buffer);
    for (const { frame, from, to, identity } of frames) {
      state.moves.set(frame, { frame, from, to, identity, change: id, state: 'planned' });
      state.reserve(to, frame);
      state.emptied.delete(to.group);
      if (why.by === 'command') for (const group of [from.group, to.group]) state.edited.add(group);
    }
    return id;
  }

  rename(frame: FrameId, name: string): void {
    const move = this.#state.moves.get(frame);
    if (move === undefined) return;
    this.#state.free(move.to, frame);
    const to = { group: move.to.group, name };
    this.#state.reserve(to, frame);
    this.#state.moves.set(frame, { ...move, to });
  }

  markLinked(frame: FrameId): void {
    const move = this.#state.moves.get(frame);
    if (move?.state === 'planned') this.#state.moves.set(frame, { ...move, state: 'linked' });
  }

  finish({ frame, to, fileId }: FinishedMove): void {
    const state = this.#state;
    const move = state.moves.get(frame);
    if (move === undefined || move.state === 'abandoned' || !state.frames.has(frame)) return;
    if (move.to.group !== to.group || move.to.name !== to.name) return;
    state.moves.delete(frame);
    state.moveFrame(frame, to, fileId);
    if (state.changes[move.change - 1]?.why.by === 'command')
      state.correct({ frame, from: move.from.group, to: to.group });
    if (state.membersOf(move.from.group).length === 0) state.emptied.add(move.from.group);
  }
}
