import type { Quarantined, Store, StoreReader } from '../storage/store.ts';

/** Files that can be released. A file on its way into quarantine arrives there first. */
export function inQuarantine(store: Pick<StoreReader, 'quarantined'>): Quarantined[] {
  return Array.from(store.quarantined()).filter(({ state }) => state === 'placed' || state === 'left');
}

/** Marks files to go back to where they came from. The next scan of the library carries it out. */
export function retryQuarantined(ids: readonly number[], store: Store): void {
  const wanted = inQuarantine(store).filter(({ id }) => ids.includes(id));
  store.commit(
    wanted.map((one) => ({ kind: 'quarantine', quarantined: { ...one, state: 'returning' } }) as const),
  );
}
