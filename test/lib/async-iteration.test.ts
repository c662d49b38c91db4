import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { inBatches, mapInOrder } from '../../src/lib/async/batches.ts';

test('results come in the order of the items, whichever ends first', async () => {
  const slowFirst = async (item: number) => {
    await delay(20 - 2 * item);
    return item * 10;
  };
  assert.deepEqual(
    await collect(mapInOrder(from([0, 1, 2, 3, 4, 5]), slowFirst, 4)),
    [0, 10, 20, 30, 40, 50],
  );
});

test('at most `concurrency` items are worked on in parallel', async () => {
  let [running, most] = [0, 0];
  const work = async (item: number) => {
    most = Math.max(most, ++running);
    await delay(5);
    running--;
    return item;
  };
  await collect(mapInOrder(from(Array.from({ length: 20 }, (_, i) => i)), work, 3));
  assert.equal(most, 3);
});

test('a result is yielded while the source waits for its next item', async () => {
  const source = new Feed<number>();
  const results = mapInOrder(source, async (item) => item, 2);
  const first = results.next();
  source.give(1);
  assert.deepEqual(await first, { done: false, value: 1 });
  source.end();
  assert.equal((await results.next()).done, true);
});

test('failing work ends the results, after all earlier results', async () => {
  const seen: number[] = [];
  const failing = async (item: number) => {
    if (item === 2) throw new Error('two');
    return item;
  };
  await assert.rejects(async () => {
    for await (const item of mapInOrder(from([0, 1, 2, 3]), failing, 2)) seen.push(item);
  }, /two/);
  assert.deepEqual(seen, [0, 1]);
});

test('a source that fails ends the results', async () => {
  const source = new Feed<number>();
  const results = mapInOrder(source, async (item) => item, 2);
  const first = results.next();
  source.fail(new Error('dry'));
  await assert.rejects(first, /dry/);
});

test('leaving the loop early waits for running work, and closes the source', async () => {
  const source = new Feed<number>();
  let finished = 0;
  const results = mapInOrder(
    source,
    async (item) => {
      await delay(item * 10);
      finished++;
      return item;
    },
    3,
  );
  for (const item of [1, 2, 3]) source.give(item);
  for await (const _ of results) break;
  assert.equal(finished, 3);
  assert.equal(source.isReturned, true);
});

test('leaving the loop early does not wait for a source without items', {
  timeout: 10_000,
}, async () => {
  const idle = async function* () {
    yield 1;
    await new Promise(() => {});
  };
  for await (const _ of inBatches(
    mapInOrder(idle(), async (item) => item, 2),
    4,
  ))
    break;
});

test('a batch holds all available items, up to its size', async () => {
  const batches = await collect(inBatches(from([1, 2, 3, 4, 5]), 2));
  assert.deepEqual(batches, [[1, 2], [3, 4], [5]]);
});

test('a batch does not wait to be full', async () => {
  const source = new Feed<number>();
  const batches = inBatches(source, 10);
  source.give(1);
  assert.deepEqual((await batches.next()).value, [1]);
  source.give(2);
  source.give(3);
  assert.deepEqual((await batches.next()).value, [2, 3]);
  source.end();
  assert.equal((await batches.next()).done, true);
});

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

async function* from<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

/** A source controlled by the test. */
class Feed<T> implements AsyncIterableIterator<T> {
  isReturned = false;
  readonly #items: Promise<IteratorResult<T>>[] = [];
  readonly #asked: ((item: Promise<IteratorResult<T>>) => void)[] = [];

  give(value: T): void {
    this.#push(Promise.resolve({ done: false, value }));
  }

  end(): void {
    this.#push(Promise.resolve({ done: true, value: undefined }));
  }

  fail(error: Error): void {
    this.#push(Promise.reject(error));
  }

  #push(item: Promise<IteratorResult<T>>): void {
    item.catch(() => {});
    const asked = this.#asked.shift();
    if (asked === undefined) this.#items.push(item);
    else asked(item);
  }

  next(): Promise<IteratorResult<T>> {
    const item = this.#items.shift();
    return item ?? new Promise((resolve) => this.#asked.push(resolve));
  }

  async return(): Promise<IteratorResult<T>> {
    this.isReturned = true;
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator]() {
    return this;
  }
}
