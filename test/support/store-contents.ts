import { createHash } from 'node:crypto';
import type { FrameRecord, StoreReader } from '../../src/storage/store.ts';
import { embeddingsOf, membershipsOf } from './store-reads.ts';

/** All data of a store as plain JSON: equal contents, equal stores. */
export async function contentsOf(store: StoreReader): Promise<Record<string, unknown>> {
  const embeddings = Array.from(await embeddingsOf(store), ({ frame, embedding }) => ({
    frame,
    sha256: createHash('sha256').update(Buffer.from(embedding.buffer)).digest('hex'),
  }));
  const known = await store.frames.getMany(embeddings.map(({ frame }) => frame));
  const filings = Array.from(known.values());
  const { frames } = store;
  const contents = {
    groups: await store.groups.all(),
    memberships: await membershipsOf(store),
    embeddings,
    filings,
    sources: await all(filings, async ({ frame }) => (await frames.source(frame.source)) ?? null),
    foundByPrint: await all(filings, ({ frame }) => frames.withFingerprint(frame.fingerprint)),
    foundByName: await all(filings, ({ placement }) => frames.at(placement.group, placement.name)),
    planned: await store.frames.planned(),
    quarantined: await store.quarantine.all(),
    counts: await store.counts(),
    last: await store.last(),
  };
  return JSON.parse(JSON.stringify(contents));
}

function all<T>(filings: readonly FrameRecord[], read: (filing: FrameRecord) => Promise<T>): Promise<T[]> {
  return Promise.all(filings.map(read));
}
