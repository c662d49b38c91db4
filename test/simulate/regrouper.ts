import { undoable } from '../../src/domain/group-change.ts';
import { editedGroups } from '../../src/grouping/consolidation/user-constraints.ts';
import { isOfSystem, isTransient } from '../../src/lib/errors.ts';
import type { Random } from '../../src/lib/random.ts';
import { mergeOf, planMoves } from '../../src/operations/move-frames.ts';
import { type Request, submitRequest } from '../../src/operations/requests.ts';
import type { Store } from '../../src/storage/store.ts';
import { Crash } from '../support/faulty-files.ts';
import { changesOf, membershipsOf } from '../support/store-reads.ts';
import type { Life } from './machine.ts';

interface Beside {
  readonly store: Store;
  readonly life: Life;
}

export interface RegrouperParts {
  readonly library: string;
  readonly random: Random;
  /** Store and life of the running daemon. */
  readonly beside: () => Beside | undefined;
  readonly onViolation: (violation: string) => void;
}

/** Changes groups beside the daemon: commands submit requests, and consolidation plans moves. */
export class Regrouper {
  readonly #parts: RegrouperParts;

  constructor(parts: RegrouperParts) {
    this.#parts = parts;
  }

  mergesByItself(): void {
    this.#beside(async ({ store, life }) => {
      const edited = await editedGroups(store);
      const groups = (await filled(store)).filter(({ id }) => !edited.has(id));
      const [from, into] = this.#parts.random.shuffled(groups);
      if (from === undefined || into === undefined) return;
      const parts = { store, files: life.files, clock: life.clock, library: this.#parts.library };
      const why = { act: 'merge', by: 'consolidation', rule: 'by chance', evidence: {} } as const;
      await planMoves(parts, await mergeOf(store, from.id, into.id), why);
    });
  }

  merges(): void {
    this.#submit(async (store) => {
      const [from, into] = this.#parts.random.shuffled(await filled(store));
      return from && into && { kind: 'merge', from: from.id, into: into.id };
    });
  }

  moves(): void {
    this.#submit(async (store) => {
      const frames = await this.#someFrames(store);
      const [group] = this.#parts.random.shuffled(await store.groups.all());
      return frames.length > 0 && group ? { kind: 'move', frames, to: group.id } : undefined;
    });
  }

  splits(): void {
    this.#submit(async (store) => {
      const { random } = this.#parts;
      const frames = await this.#someFrames(store);
      const name = random.next() < 0.5 ? undefined : `split-${random.below(20)}`;
      return frames.length > 0 ? { kind: 'split', frames, name } : undefined;
    });
  }

  renames(): void {
    this.#submit(async (store) => {
      const { random } = this.#parts;
      const [group] = random.shuffled(await filled(store));
      const to = `renamed-${random.below(20)}`;
      return group && { kind: 'rename', group: group.id, from: group.folder, to };
    });
  }

  undoes(): void {
    this.#submit(async (store) => {
      const [last] = undoable(await changesOf(store), {});
      return last && { kind: 'undo', change: last.id };
    });
  }

  async #someFrames(store: Store) {
    const { random } = this.#parts;
    const frames = Array.from(await membershipsOf(store), ({ frame }) => frame);
    return random.shuffled(frames).slice(0, 1 + random.below(3));
  }

  #submit(requestOf: (store: Store) => Promise<Request | undefined>): void {
    this.#beside(async ({ store }) => {
      const request = await requestOf(store);
      if (request !== undefined) await submitRequest(store, request);
    });
  }

  /** Runs concurrently with the daemon. */
  #beside(act: (beside: Beside) => Promise<void>): void {
    const beside = this.#parts.beside();
    if (beside === undefined) return;
    act(beside).catch((error) => {
      const hasEnded = this.#parts.beside()?.store !== beside.store; // and its store with it
      if (!hasEnded && !isOfSystem(error) && !isTransient(error) && !(error instanceof Crash))
        this.#parts.onViolation(`a change of groups failed: ${error?.stack ?? error}`);
    });
  }
}

async function filled(store: Store) {
  return (await store.groups.all()).filter(({ frames }) => frames > 0);
}
