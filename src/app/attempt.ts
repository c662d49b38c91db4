import { isOfSystem } from '../lib/errors.ts';
import type { EventSink } from '../monitoring/events.ts';

/**
 * Runs `act`. Returns false if `act` returned false or the system refuses for now. The caller tries again
 * later.
 */
export type Attempt = (failed: string, act: () => Promise<unknown>) => Promise<boolean>;

/** `failed` describes the failed work, for the log. */
export function attemptWith(events: EventSink): Attempt {
  return async (failed, act) => {
    try {
      return (await act()) !== false;
    } catch (error) {
      if (!isOfSystem(error)) throw error;
      events.emit('error', { where: 'library', error, message: `${failed}; trying again later` });
      return false;
    }
  };
}
