import type { ChangeReason, MoveRequest } from '../../src/domain/group-change.ts';
import { undoable } from '../../src/domain/group-change.ts';
import { isEdited } from '../../src/grouping/consolidation/user-constraints.ts';
import { isOfSystem } from '../../src/lib/errors.ts';
import type { Random } from '../../src/lib/random.ts';
import { type MovePlan, mergeOf, planMoves } from '../../src/operations/move-frames.ts';
import { undo } from '../../src/operations/undo.ts';
import type { Store } from '../../src/storage/store.ts';
import { Crash } from '../support/faulty-files.ts';
import type { Ledger } from './ledger.ts';
import type { Life } from './machine.ts';

export interface RegrouperParts {
  readonly library: string;
  readonly random: Random;
  readonly ledger: Ledger;
  readonly beside: () => { readonly store: Store; readonly life: Life } | undefined;
  /** Called for each picture with a planned move. */
  readonly onPlanned: () => void;
  readonly onViolation: (violation: string) => void;
}

/** Changes groups beside the daemon, like commands and consolidation. */
export class Regrouper {
  readonly #parts: RegrouperParts;

  constructor(parts: RegrouperParts) {
    this.#parts = parts;
  }

  merges(by: ChangeReason['by']): void {
    this.#with((store) => {
      const isFree = (group: Parameters<typeof isEdited>[1]) => by === 'command' || !isEdited(store, group);
      const groups = Array.from(store.groups()).filter(({ id, frames }) => frames > 0 && isFree(id));
      const [from, into] = this.#parts.random.shuffled(groups);
      if (from === undefined || into === undefined) return undefined;
      return this.#planMoves(mergeOf(store, from.id, into.id), { act: 'merge', by });
    });
  }

  moves(): void {
    this.#with((store) => {
      const { random } = this.#parts;
      const groups = Array.from(store.groups());
      const frames = random.shuffled(Array.from(store.memberships())).slice(0, 1 + random.below(3));
      if (groups.length === 0 || frames.length === 0) return undefined;
      const { id: to } = random.pick(groups);
      return this.#planMoves(
        frames.map(({ frame }) => ({ frame, to })),
        { act: 'move', by: 'command' },
      );
    });
  }

  undoes(): void {
    this.#with((store) => {
      const [last] = undoable(Array.from(store.regroupings.journal()), {});
      return last && undo(this.#regroupParts(), last.id);
    });
  }

  #planMoves(moves: readonly MoveRequest[], why: Pick<ChangeReason, 'act' | 'by'>): Promise<MovePlan> {
    return planMoves(this.#regroupParts(), moves, {
      ...why,
      rule: 'by chance',
      evidence: { moves: moves.length },
    });
  }

  #regroupParts() {
    const { store, life } = this.#beside();
    return { store, files: life.files, clock: life.clock, library: this.#parts.library };
  }

  #beside() {
    const beside = this.#parts.beside();
    if (beside === undefined) throw new Error('no daemon runs');
    return beside;
  }

  /** Runs concurrently; may move pictures that a person placed. */
  #with(act: (store: Store) => Promise<MovePlan> | undefined): void {
    const { ledger, onPlanned, onViolation, beside } = this.#parts;
    const here = beside();
    if (here === undefined) return;
    const { store } = here;
    act(store)
      ?.then(({ planned }) => {
        for (const { from } of planned) {
          ledger.unpin(`${store.folderOf(from.group)}/${from.name}`);
          onPlanned();
        }
      })
      .catch((error) => {
        const hasEnded = beside()?.store !== store; // and its store with it
        if (!hasEnded && !isOfSystem(error) && !(error instanceof Crash))
          onViolation(`regrouping failed: ${error?.stack ?? error}`);
      });
  }
}
