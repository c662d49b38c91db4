import { setImmediate as nextTurn } from 'node:timers/promises';
import { Notifier } from './notifier.ts';

/**
 * Applies `work` to up to `concurrency` items in parallel, and yields the results in the order of the items.
 * Reads ahead until `ahead` results are waiting. Leaving the loop waits for running work, closes the source,
 * and never waits for the source's next item. `pMapIterable` of p-map 7.1 does not wait for running work: the
 * parts that the work uses would be closed too early.
 */
export async function* mapInOrder<In, Out>(
  source: AsyncIterable<In>,
  work: (item: In) => Promise<Out>,
  concurrency: number,
  ahead = concurrency,
): AsyncGenerator<Out> {
  const results = new OrderedResults(source[Symbol.asyncIterator](), work, concurrency, ahead);
  try {
    for (let result = await results.first(); result; result = await results.first()) yield result.value;
  } finally {
    await results.close();
  }
}

/** Running work and waiting results, in the order of the items. */
class OrderedResults<In, Out> {
  readonly #items: AsyncIterator<In>;
  readonly #work: (item: In) => Promise<Out>;
  readonly #concurrency: number;
  readonly #ahead: number;
  readonly #results: Promise<Out>[] = [];
  readonly #notifier = new Notifier();
  readonly #closed = new AbortController();
  #busy = 0;
  #end: Promise<void> | undefined;

  constructor(
    items: AsyncIterator<In>,
    work: (item: In) => Promise<Out>,
    concurrency: number,
    ahead: number,
  ) {
    this.#items = items;
    this.#work = work;
    this.#concurrency = concurrency;
    this.#ahead = ahead;
    const ended = this.#feed().finally(() => {
      this.#end = ended;
      this.#notifier.notify();
    });
    handledLater(ended);
  }

  /** Returns the next result, or undefined at the end. */
  async first(): Promise<{ readonly value: Out } | undefined> {
    while (this.#results.length === 0 && this.#end === undefined) await this.#notifier.wait(undefined);
    const [result] = this.#results;
    if (result === undefined) return void (await this.#end);
    const value = await result;
    this.#results.shift();
    this.#notifier.notify();
    return { value };
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await Promise.allSettled(this.#results);
    closeSource(this.#items);
  }

  async #feed(): Promise<void> {
    const { signal } = this.#closed;
    while (!signal.aborted) {
      const isFull =
        this.#busy >= this.#concurrency || this.#results.length >= this.#concurrency + this.#ahead;
      if (isFull) {
        await this.#notifier.wait(signal);
        continue;
      }
      const next = await this.#items.next();
      if (next.done || signal.aborted) return;
      this.#start(next.value);
    }
  }

  #start(item: In): void {
    this.#busy++;
    const result = this.#work(item).finally(() => {
      this.#busy--;
      this.#notifier.notify();
    });
    this.#results.push(handledLater(result));
    this.#notifier.notify();
  }
}

/** Yields all available items, up to `max` at a time. Never waits for a batch to fill. */
export async function* inBatches<Item>(source: AsyncIterable<Item>, max: number): AsyncGenerator<Item[]> {
  const items = source[Symbol.asyncIterator]();
  let upcoming = handledLater(items.next());
  try {
    for (let first = await upcoming; !first.done; first = await upcoming) {
      const batch = [first.value];
      upcoming = handledLater(items.next());
      while (batch.length < max) {
        const ready = await Promise.race([upcoming, nextTurn(undefined)]);
        if (ready === undefined || ready.done) break;
        batch.push(ready.value);
        upcoming = handledLater(items.next());
      }
      yield batch;
    }
  } finally {
    closeSource(items);
  }
}

/** Closes a source. Does not wait: a source without items would never answer. */
function closeSource<T>(items: AsyncIterator<T>): void {
  items.return?.()?.catch(() => {});
}

/** Returns the promise itself. Its rejection is handled later, by its awaiter. */
function handledLater<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
