import { type ChangeReason, undoOf } from '../domain/group-change.ts';
import { type MoveContext, type MovePlan, type NotedPlan, planMoves } from './move-frames.ts';

interface UndoOptions {
  readonly by?: ChangeReason['by'];
  readonly noted?: NotedPlan;
}

/**
 * Plans the reverse of a change in the journal. Frames moved by the user since then stay. A frame with a
 * taken name gets the next free name. The group comes back with its number, folder and founding time.
 */
export async function undo(
  parts: MoveContext,
  id: number,
  { by = 'command', noted }: UndoOptions = {},
): Promise<MovePlan> {
  const { store, clock } = parts;
  const entry = await store.journal.get(id);
  if (entry === undefined) return { id: undefined, planned: [], refused: [] };
  const filings = await store.frames.getMany(entry.frames.map(({ frame }) => frame));
  const { moves, left } = undoOf(entry, (frame) => filings.get(frame)?.placement.group);
  const why: ChangeReason = { act: 'undo', by, rule: `take back change ${id}`, evidence: { change: id } };
  const withLeft = ({ refused, ...plan }: MovePlan) => ({ ...plan, refused: [...left, ...refused] });
  const notedAll: NotedPlan | undefined = noted && ((plan) => noted(withLeft(plan)));
  if (moves.length > 0) return withLeft(await planMoves(parts, moves, why, { undoes: id, noted: notedAll }));
  // With nothing to bring back the change counts as taken back all the same: the next undo is of the change
  // before.
  const plan = (change: number | undefined) => ({ id: change, planned: [], refused: left });
  const note = noted && ((change: number) => noted(plan(change)));
  return plan((await store.planChange({ whenMs: clock.now(), why, frames: [], undoes: id, note })).id);
}
