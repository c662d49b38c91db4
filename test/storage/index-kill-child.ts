import { join } from 'node:path';
import type { FrameId } from '../../src/domain/frame.ts';
import { openLmdbStore } from '../../src/storage/lmdb/lmdb-store.ts';
import { SegmentStore } from '../../src/storage/vectors/usearch/segment-store.ts';
import { openUsearchIndex } from '../../src/storage/vectors/usearch/usearch-index.ts';
import { filed } from '../support/decisions.ts';
import { embeddings, found, smallLayout, space } from '../support/vector-index.ts';

/**
 * Files frames like the pipeline, up to `total`, and prints the progress; then prints search results. The
 * parent kills and restarts the process until the end.
 */
const [folder = '', total = ''] = process.argv.slice(2);
const store = await openLmdbStore({ folder: join(folder, 'store'), space });
const segments = new SegmentStore(store.segments, join(folder, 'tmp'), space);
const known = (after: FrameId, last: FrameId) => last - after;
const index = await openUsearchIndex({ space, segments, source: store.vectors, known, layout: smallLayout });
for (let frame = (await store.last()).frame + 1; frame <= Number(total); frame += 8) {
  const batch = Array.from({ length: 8 }, (_, i) =>
    filed(frame + i, embeddings[frame + i - 1] as never, frame + i),
  );
  await index.add(batch.map(({ frame: { id }, embedding }) => ({ frame: id, embedding })));
  await store.commit(batch);
  await index.onCommitted();
  process.stdout.write(`${frame + 7}\n`);
}
process.stdout.write(`${JSON.stringify(await found(index))}\n`);
await index.close();
await store.close();
