import { createHash } from 'node:crypto';
import type { FrameId } from '../../src/domain/frame.ts';
import type { FrameRecord, StoreReader } from '../../src/storage/store.ts';

/** All data of a store as plain JSON: equal contents, equal stores. */
export function contentsOf(store: StoreReader): Record<string, unknown> {
  const embeddings = Array.from(store.embeddings(0 as FrameId), ({ frame, embedding }) => ({
    frame,
    sha256: createHash('sha256').update(Buffer.from(embedding.buffer)).digest('hex'),
  }));
  const filings = embeddings.map(({ frame }) => store.filing(frame)).filter((one) => one !== undefined);
  const contents = {
    groups: Array.from(store.groups()),
    memberships: Array.from(store.memberships()),
    embeddings,
    filings,
    sources: filings.map(({ frame }) => store.source(frame.source) ?? null),
    foundByPrint: filings.map(({ frame }) => store.frameWith(frame.fingerprint)),
    foundByName: filings.map((filing: FrameRecord) =>
      store.frameAt(filing.placement.group, filing.placement.name),
    ),
    planned: Array.from(store.planned()),
    quarantined: Array.from(store.quarantined()),
    counts: store.counts(),
    last: store.last(),
  };
  return JSON.parse(JSON.stringify(contents));
}
