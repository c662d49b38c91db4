import type { FrameId } from '../domain/frame.ts';
import type { GroupChange } from '../domain/group-change.ts';
import type { Membership, StoredEmbedding, StoreReader, VectorReader } from './store.ts';

/** Rows of the store's large tables, read page by page. Writes between two pages are allowed. */

const pageRows = 1_024;

export function allMemberships({ frames }: Pick<StoreReader, 'frames'>): AsyncIterable<Membership> {
  return allRows((last: Membership | undefined) => frames.memberships(last, 4 * pageRows));
}

/** Returns the embeddings after the frame `after`, in order of arrival. */
export function allEmbeddings(
  vectors: Pick<VectorReader, 'page'>,
  after = 0,
): AsyncIterable<StoredEmbedding> {
  return allRows((last: StoredEmbedding | undefined) =>
    vectors.page(last?.frame ?? (after as FrameId), pageRows),
  );
}

/** Returns the changes of groups in order of recording. */
export function allChanges({ journal }: Pick<StoreReader, 'journal'>): AsyncIterable<GroupChange> {
  return allRows((last: GroupChange | undefined) => journal.page(last?.id ?? 0, pageRows));
}

/** Returns all rows of `rows`, in order. */
export async function collect<Row>(rows: AsyncIterable<Row>): Promise<Row[]> {
  const all: Row[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

/** Reads pages until an empty page, and yields their rows. `read` gets the last row of the page before. */
async function* allRows<Row>(
  read: (last: Row | undefined) => Promise<readonly Row[]>,
): AsyncGenerator<Row, void, undefined> {
  for (let page = await read(undefined); page.length > 0; page = await read(page.at(-1))) yield* page;
}
