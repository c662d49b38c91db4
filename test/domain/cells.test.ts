import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { assembled, source } from '../../scripts/make-kernel.ts';
import { cosine, type Embedding, similarity } from '../../src/domain/embedding.ts';
import type { FrameId } from '../../src/domain/frame.ts';
import { agreement, type Cells, cellsFrom, cellsMax, cellValues } from '../../src/domain/similarity/cells.ts';
import { agreementModule } from '../../src/domain/similarity/cells-wasm.ts';
import { packEmbedding, unpackEmbedding } from '../../src/domain/similarity/packed-embedding.ts';
import { rerank } from '../../src/domain/similarity/rerank.ts';
import { seededRandom } from '../../src/lib/random.ts';

const unit = 7 / (2.5 / 8);

/** Few different values, to get many ties. */
const someCells = fc
  .integer({ min: 1, max: cellsMax })
  .chain((count) =>
    fc.tuple(
      ...([0, 1].map(() =>
        fc.int8Array({ minLength: count * cellValues, maxLength: count * cellValues, min: -7, max: 7 }),
      ) as [fc.Arbitrary<Int8Array>, fc.Arbitrary<Int8Array>]),
    ),
  );

function dot(ones: Cells, i: number, others: Cells, j: number): number {
  let sum = 0;
  for (let k = 0; k < cellValues; k++)
    sum += (ones[i * cellValues + k] as number) * (others[j * cellValues + k] as number);
  return sum;
}

function firstOfHighest(values: readonly number[]): number {
  return values.indexOf(Math.max(...values));
}

/** A direct implementation of the documented formula. */
function plainAgreement(ones: Cells, others: Cells): number {
  const places = Array.from({ length: ones.length / cellValues }, (_, i) => i);
  const all = places.map((i) => places.map((j) => dot(ones, i, others, j)));
  const chosen = all.map(firstOfHighest);
  const chosenBy = places.map((j) => firstOfHighest(all.map((row) => row[j] as number)));
  const sums = places.map((i) => {
    const j = chosen[i] as number;
    return chosenBy[j] === i ? (all[i]?.[j] as number) : 0;
  });
  return sums.reduce((sum, one) => sum + one, 0) / (unit * unit * places.length);
}

function randomCells(seed: number, count = 36): Cells {
  const random = seededRandom(seed);
  return cellsFrom(Float32Array.from({ length: count * cellValues }, () => random.next() - 0.5));
}

function embedding(values: readonly number[], cells?: Cells): Embedding {
  const vector = Float32Array.from(values) as Embedding;
  return cells === undefined ? vector : Object.assign(vector, { cells });
}

test('the kernel computes the documented formula', () => {
  fc.assert(
    fc.property(someCells, ([ones, others]) => {
      assert.ok(Math.abs(agreement(ones, others) - plainAgreement(ones, others)) < 1e-9);
    }),
    { numRuns: 60 },
  );
});

test('the kernel is assembled from cells.wat', async () => {
  const bytes = await assembled(readFileSync(source, 'utf8'));
  assert.equal(Buffer.from(bytes).toString('base64'), agreementModule);
});

test('a picture agrees with itself in any order of cells, and hardly with another', () => {
  const one = randomCells(1);
  const rows = Array.from({ length: 36 }, (_, i) => one.subarray(i * cellValues, (i + 1) * cellValues));
  const moved = Int8Array.from(rows.reverse().flatMap((row) => Array.from(row)));
  assert.ok(Math.abs(agreement(one, one) - 1) < 0.05);
  assert.equal(agreement(one, moved), agreement(one, one));
  assert.ok(agreement(one, randomCells(2)) < 0.3);
});

test('cells of two grids do not compare', () => {
  assert.throws(() => agreement(randomCells(1), randomCells(1, 16)), /2304 and 1024 values/);
});

test('similarity weighs vector and cells; vectors without cells are compared by their cosine', () => {
  const [a, b] = [embedding([1, 0], randomCells(1)), embedding([0.6, 0.8], randomCells(2))];
  const expected = (0.6 + 1.3 * agreement(a.cells as Cells, b.cells as Cells)) / 2.3;
  assert.ok(Math.abs(similarity(a, b) - expected) < 1e-6);
  assert.equal(cosine(a, b), Math.fround(0.6));
  assert.equal(similarity(embedding([1, 0]), embedding([0.6, 0.8])), Math.fround(0.6));
});

test('search results are re-ranked by cells; forgotten frames come last', () => {
  const [same, other] = [randomCells(1), randomCells(2)];
  const asked = embedding([1, 0], same);
  const known = new Map([
    [1 as FrameId, embedding([0.8, 0.6], other)],
    [2 as FrameId, embedding([0.6, 0.8], same)],
  ]);
  const near = [3, 1, 2].map((frame, at) => ({ frame: frame as FrameId, similarity: 0.9 - at / 10 }));
  const looked = rerank(near, asked, (frame) => known.get(frame));
  assert.deepEqual(
    looked.map(({ frame }) => frame),
    [2, 1, 3],
  );
  assert.equal(looked[0]?.similarity, similarity(asked, known.get(2 as FrameId) as Embedding));
  assert.equal(
    rerank(near, embedding([1, 0]), () => undefined),
    near,
  );
});

test('an embedding with cells survives packing and unpacking', () => {
  fc.assert(
    fc.property(someCells, fc.integer({ min: 1, max: 300 }), ([cells], dimensions) => {
      const kept = embedding(
        Array.from({ length: dimensions }, (_, i) => i / 1024),
        cells,
      );
      const back = unpackEmbedding(packEmbedding(kept));
      assert.deepEqual(Array.from(back ?? []), Array.from(kept));
      assert.deepEqual(back?.cells, cells);
    }),
    { numRuns: 60 },
  );
  const plain = unpackEmbedding(packEmbedding(embedding([0.5, 0.25])));
  assert.deepEqual([Array.from(plain ?? []), plain?.cells], [[0.5, 0.25], undefined]);
});

test('truncated bytes are no embedding', () => {
  const bytes = packEmbedding(embedding([1, 0], randomCells(1)));
  for (const cut of [bytes.subarray(bytes.length - 1), Buffer.alloc(0), Buffer.of(200)])
    assert.equal(unpackEmbedding(cut), undefined);
});
