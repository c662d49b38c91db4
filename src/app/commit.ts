import type { Assigner } from '../grouping/assigner.ts';
import { backoffMs } from '../lib/async/backoff.ts';
import { type Clock, pause } from '../lib/async/clock.ts';
import { isTransient } from '../lib/errors.ts';
import type { EventSink } from '../monitoring/events.ts';
import type { Decision, Store } from '../storage/store.ts';
import type { VectorIndex } from '../storage/vectors/vector-index.ts';

export interface CommitParts {
  readonly store: Store;
  readonly index: VectorIndex;
  readonly assigner: Assigner;
  readonly clock: Clock;
  readonly events: EventSink;
}

/**
 * Retries until the store takes the decisions; false if the signal aborted before. Throws the store's
 * TransientError after `triesMax` attempts.
 */
export async function commit(
  decisions: readonly Decision[],
  { store, index, assigner, clock, events }: CommitParts,
  triesMax: number,
  signal: AbortSignal,
): Promise<boolean> {
  for (let tries = 1; ; tries++) {
    try {
      await store.commit(decisions);
      assigner.onCommitted();
      await index.onCommitted();
      return true;
    } catch (error) {
      if (!isTransient(error) || tries >= triesMax) throw error;
      events.emit('error', { where: 'store', error, message: 'the store refused; trying again', tries });
      await pause(clock, backoffMs(tries), signal);
      if (signal.aborted) return false;
    }
  }
}
