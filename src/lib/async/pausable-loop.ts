interface Waiting {
  readonly act: () => Promise<void>;
  readonly done: (isDone: boolean) => void;
  readonly failed: (error: unknown) => void;
}

/** A loop that can be paused for exclusive work. */
export class PausableLoop {
  #turn = new AbortController();
  readonly #waiting: Waiting[] = [];
  #hasEnded = false;

  /** Runs `work`, and restarts it after each pause. `work` must end soon after `until` aborts. */
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

  /**
   * Pauses the loop and runs `act`. Rejects with the error of `act`. Resolves to false if the loop has ended.
   */
  whilePaused(act: () => Promise<void>): Promise<boolean> {
    if (this.#hasEnded) return Promise.resolve(false);
    return new Promise((done, failed) => {
      this.#waiting.push({ act, done, failed });
      this.#turn.abort();
    });
  }
}
