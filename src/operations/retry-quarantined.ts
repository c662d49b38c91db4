import type { Quarantined, Store, StoreReader } from '../storage/store.ts';

/** Returns the files in quarantine. A file on the way into quarantine arrives first. */
export function inQuarantine(store: Pick<StoreReader, 'quarantined'>): Quarantined[] {
  return Array.from(store.quarantined()).filter(({ state }) => state === 'placed' || state === 'left');
}

/** Marks files for their return to the inbox. The next scan of the library moves the files. */
export function retryQuarantined(ids: readonly number[], store: Store): void {
  const wanted = inQuarantine(store).filter(({ id }) => ids.includes(id));
  store.commit(
    wanted.map((one) => ({ kind: 'quarantine', quarantined: { ...one, state: 'returning' } }) as const),
  );
}
