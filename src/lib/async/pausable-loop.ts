interface Waiting {
  readonly act: () => Promise<void>;
  readonly done: (isDone: boolean) => void;
  readonly failed: (error: unknown) => void;
}

/** Does some work in turns, so that something else can be done while none of it is under way. */
export class PausableLoop {
  #turn = new AbortController();
  readonly #waiting: Waiting[] = [];
  #hasEnded = false;

  /** Starts `work` anew whenever it was interrupted; it ends in its own time once `until` aborts. */
  async run(work: (until: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    try {
      do {
        this.#turn = new AbortController();
        if (this.#waiting.length === 0) await work(AbortSignal.any([signal, this.#turn.signal]));
        const next = this.#waiting.shift();
        if (next !== undefined) await next.act().then(() => next.done(true), next.failed);
      } while (!signal.aborted);
    } finally {
      this.#hasEnded = true;
      for (const { done } of this.#waiting.splice(0)) done(false);
    }
  }

  /** Does it between two turns. What it throws is thrown here; false when there are no more turns. */
  whilePaused(act: () => Promise<void>): Promise<boolean> {
    if (this.#hasEnded) return Promise.resolve(false);
    return new Promise((done, failed) => {
      this.#waiting.push({ act, done, failed });
      this.#turn.abort();
    });
  }
}
