import { setImmediate as nextTurn } from 'node:timers/promises';

/** Applies `work` to up to `concurrency` items at once and yields the results in the items' order. */
export async function* mapInOrder<In, Out>(
  source: AsyncIterable<In>,
  work: (item: In) => Promise<Out>,
  concurrency: number,
): AsyncGenerator<Out> {
  const items = source[Symbol.asyncIterator]();
  const running: Promise<Out>[] = [];
  let upcoming: Promise<IteratorResult<In>> | undefined = quiet(items.next());
  try {
    while (upcoming || running.length > 0) {
      const hasRoom = upcoming !== undefined && running.length < concurrency;
      const first = await Promise.race([
        ...(hasRoom ? [upcoming as Promise<IteratorResult<In>>] : []),
        ...running.slice(0, 1).map((result) => result.then((value) => ({ result: value }))),
      ]);
      if ('result' in first) {
        running.shift();
        yield first.result;
      } else if (first.done) {
        upcoming = undefined;
      } else {
        running.push(quiet(work(first.value)));
        upcoming = quiet(items.next());
      }
    }
  } finally {
    await Promise.allSettled(running);
    letGo(items);
  }
}

/** Yields what has come so far, up to `max` items at a time, never waiting for a batch to fill. */
export async function* inBatches<Item>(source: AsyncIterable<Item>, max: number): AsyncGenerator<Item[]> {
  const items = source[Symbol.asyncIterator]();
  let upcoming = quiet(items.next());
  try {
    for (let first = await upcoming; !first.done; first = await upcoming) {
      const batch = [first.value];
      upcoming = quiet(items.next());
      while (batch.length < max) {
        const ready = await Promise.race([upcoming, nextTurn(undefined)]);
        if (ready === undefined || ready.done) break;
        batch.push(ready.value);
        upcoming = quiet(items.next());
      }
      yield batch;
    }
  } finally {
    letGo(items);
  }
}

/** Tells a source that no more is wanted. Not awaited: one that has nothing to give would never answer. */
function letGo<T>(items: AsyncIterator<T>): void {
  items.return?.()?.catch(() => {});
}

/** The same promise, whose failure is met later, by whoever awaits it. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
