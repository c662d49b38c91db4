import { backoffMs } from './lib/backoff.ts';
import type { Clock } from './lib/clock.ts';
import { codeOf, isOfSystem, messageOf, TransientError } from './lib/errors.ts';
import type { Files } from './lib/files.ts';
import type { Logger } from './lib/logger.ts';
import { takesFiles } from './place/library.ts';

export interface RetriesParts {
  readonly files: Files;
  readonly library: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Tries after which a refusing disk is given up. */
  readonly triesMax: number;
}

/** Work that could not be done yet. */
export interface Stuck {
  readonly what: string;
  readonly message: string;
  readonly tries: number;
}

/** Work that may wait for another try before new work has to. */
const stuckMax = 64;

/** These concern the whole library, not one file: nothing else would fare better. */
const everywhere = new Set(['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE', 'ESTALE', 'ENODEV']);

/** Tries again what the system refuses. */
export class Retries {
  readonly #parts: RetriesParts;
  readonly #beforeAgain: () => Promise<void>;
  readonly #stuck = new Map<
    string,
    Stuck & { readonly retry: () => Promise<void>; readonly dueMs: number }
  >();

  #isRetrying = false;

  /** `beforeAgain` comes before every try but the first; when it fails, the try has failed. */
  constructor(parts: RetriesParts, beforeAgain: () => Promise<void>) {
    this.#parts = parts;
    this.#beforeAgain = beforeAgain;
  }

  stuck(): Stuck[] {
    return Array.from(this.#stuck.values());
  }

  /**
   * Does `work`. What concerns one file is put off, and `retry` is tried from then on; what concerns the whole disk is tried
   * until it succeeds, since all that follows would fail in the same way. After the last try the one file waits for the
   * next run, and the disk's refusal is thrown. Where there is a last try, however many files are put off, none is waited for.
   */
  async persist(
    what: string,
    retry: () => Promise<void>,
    work: (isAgain: boolean) => Promise<void>,
  ): Promise<void> {
    const { clock, signal, log, triesMax } = this.#parts;
    for (let tries = (this.#stuck.get(what)?.tries ?? 0) + 1; ; tries++) {
      try {
        if (tries > 1) await this.#beforeAgain();
        await work(tries > 1);
        this.#stuck.delete(what);
        return;
      } catch (error) {
        const isLast = tries >= triesMax;
        const isOfOneFile = await this.#isOfOneFile(error);
        if (!isOfSystem(error) || (isLast && !isOfOneFile)) throw error;
        const waitMs = isLast ? Number.POSITIVE_INFINITY : backoffMs(tries);
        const message = messageOf(error);
        this.#stuck.set(what, { what, message, tries, retry, dueMs: clock.passed() + waitMs });
        log.warn(
          { what, tries, err: error, retryMs: Math.round(waitMs) },
          isLast ? 'placing failed; the next run tries again' : 'placing failed and will be tried again',
        );
        const hasRoom = Number.isFinite(triesMax) || this.#stuck.size < stuckMax;
        if (isLast || (isOfOneFile && hasRoom)) return;
        await clock.sleep(waitMs, signal).catch(() => {});
        if (signal.aborted) return;
      }
    }
  }

  /** A folder can be read-only by itself, as a mount of its own, while the library's disk takes files. */
  async #isOfOneFile(error: unknown): Promise<boolean> {
    if (error instanceof TransientError) return false;
    if (codeOf(error) === 'EROFS') return takesFiles(this.#parts.library, this.#parts.files);
    return !everywhere.has(codeOf(error) ?? '');
  }

  /** Tries again what is due; call it now and then. */
  async retryDue(): Promise<void> {
    if (this.#isRetrying) return;
    this.#isRetrying = true;
    try {
      for (const [what, { retry, dueMs }] of Array.from(this.#stuck)) {
        if (dueMs > this.#parts.clock.passed() || this.#parts.signal.aborted) continue;
        await this.persist(what, retry, retry);
      }
    } finally {
      this.#isRetrying = false;
    }
  }
}
