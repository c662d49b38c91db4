import type { Quarantined, Store, StoreReader } from '../storage/store.ts';

/** Returns the files in quarantine. A file on the way into quarantine arrives first. */
export async function inQuarantine(store: Pick<StoreReader, 'quarantine'>): Promise<Quarantined[]> {
  return (await store.quarantine.all()).filter(({ state }) => state === 'placed' || state === 'left');
}

/** Marks files for their return to the inbox. The next scan of the library moves the files. */
export async function retryQuarantined(ids: readonly number[], store: Store): Promise<void> {
  const wanted = (await inQuarantine(store)).filter(({ id }) => ids.includes(id));
  await store.commit(
    wanted.map((one) => ({ kind: 'quarantine', quarantined: { ...one, state: 'returning' } }) as const),
  );
}
