/** How far a long piece of work is. */
export interface Progress {
  readonly done: number;
  /** Items done and still to do, as far as their number is known. */
  readonly known: number;
}

/**
 * Shows progress until `stop` is called; reads `current` whenever it draws. The command line has one, tests
 * may have none.
 */
export type ShowProgress = (current: () => Progress) => { stop(): void };
