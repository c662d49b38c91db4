import type { LastIds } from '../store.ts';

/**
 * Counts the ids of this process, the only writer of decisions. An id is recorded with its row: an id without
 * a row is given again after the next opening, and the numbers of groups have no gaps.
 */
export class IdCounters {
  readonly #recorded: () => LastIds;
  readonly #given = { frame: 0, group: 0, quarantined: 0 };

  constructor(recorded: () => LastIds) {
    this.#recorded = recorded;
  }

  take(kind: 'frame' | 'group' | 'quarantined', count: number): number[] {
    const last = Math.max(this.#given[kind], this.#recorded()[kind]);
    this.#given[kind] = last + count;
    return Array.from({ length: count }, (_, at) => last + 1 + at);
  }
}
