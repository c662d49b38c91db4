/** Reads pages until an empty page, and yields their rows. `read` gets the last row of the page before. */
export async function* allRows<Row>(
  read: (last: Row | undefined) => Promise<readonly Row[]>,
): AsyncGenerator<Row, void, undefined> {
  for (let page = await read(undefined); page.length > 0; page = await read(page.at(-1))) yield* page;
}

/** Returns all rows of `rows`, in order. */
export async function collect<Row>(rows: AsyncIterable<Row>): Promise<Row[]> {
  const all: Row[] = [];
  for await (const row of rows) all.push(row);
  return all;
}
