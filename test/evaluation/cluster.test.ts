import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { dbscan } from '../../bench/clustering/dbscan.ts';
import { Louvain } from '../../bench/clustering/louvain.ts';
import type { Embedding } from '../../src/domain/embedding.ts';
import { SimilarityMatrix } from '../../src/domain/similarity/similarity-matrix.ts';
import { averageLinkage } from '../../src/evaluation/clustering/average-linkage.ts';
import { Hdbscan } from '../../src/evaluation/clustering/hdbscan.ts';
import { groupByThreshold } from '../../src/evaluation/clustering/threshold-clustering.ts';

interface Reference {
  readonly name: string;
  readonly vectors: readonly (readonly number[])[];
  readonly averageLinkage: readonly { similarity: number; labels: readonly number[] }[];
  readonly dbscan: readonly { similarity: number; neighboursMin: number; labels: readonly number[] }[];
  readonly hdbscan: readonly {
    sizeMin: number;
    neighbours: number;
    method: 'mass' | 'leaf';
    similarity: number;
    labels: readonly number[];
  }[];
}

const references: readonly Reference[] = JSON.parse(
  readFileSync(new URL('../fixtures/clusters.json', import.meta.url), 'utf8'),
);

for (const { name, vectors, ...expected } of references) {
  const near = new SimilarityMatrix(vectors.map(unit));

  test(`average linkage groups like scikit-learn: ${name}`, () => {
    const links = averageLinkage(near);
    assert.equal(links.length, near.size - 1);
    for (const { similarity, labels } of expected.averageLinkage)
      sameGroups(groupByThreshold(links, near.size, similarity), labels, `from ${similarity}`);
  });

  test(`DBSCAN groups like scikit-learn: ${name}`, () => {
    for (const { labels, ...options } of expected.dbscan)
      sameGroups(dbscan(near, options), labels, JSON.stringify(options));
  });

  test(`HDBSCAN groups like the hdbscan package: ${name}`, () => {
    for (const { labels, method, similarity, ...options } of expected.hdbscan) {
      const found = new Hdbscan(near, options).select({ method, similarity });
      sameGroups(found, labels, JSON.stringify({ ...options, method, similarity }));
    }
  });
}

const options = { similarity: 0.5, resolution: 1 };

test('Louvain finds tight communities, always the same', () => {
  const circles = [0, 60, 120, 240].flatMap((middle) =>
    [-4, -2, 0, 2, 4].map((off) => direction(middle + off)),
  );
  const graph = new Louvain(new SimilarityMatrix(circles), 4);
  const groups = graph.select(options);
  sameGroups(
    groups,
    Array.from({ length: 20 }, (_, at) => Math.floor(at / 5)),
  );
  assert.deepEqual(graph.select(options), groups);
});

test('Louvain splits groups at a higher resolution', () => {
  const graph = new Louvain(
    new SimilarityMatrix(Array.from({ length: 24 }, (_, at) => direction(at * 3))),
    4,
  );
  const count = (resolution: number) => new Set(graph.select({ ...options, resolution })).size;
  assert.ok(count(4) > count(1) && count(1) > count(0.1), `${count(4)} ${count(1)} ${count(0.1)}`);
});

test('every clustering accepts no element, one element, and equal elements', () => {
  const same = Array.from({ length: 12 }, () => direction(30));
  for (const [elements, groups] of [
    [[], 0],
    [[direction(10)], 1],
    [same, 1],
  ] as const) {
    const near = new SimilarityMatrix(elements);
    const found = {
      average: groupByThreshold(averageLinkage(near), near.size, 0.9),
      dbscan: dbscan(near, { similarity: 0.9, neighboursMin: 3 }),
      louvain: new Louvain(near, 12).select(options),
    };
    for (const [name, labels] of Object.entries(found)) assert.equal(new Set(labels).size, groups, name);
    // HDBSCAN defines groups by their less dense neighbourhood: without any, there is no group.
    const density = new Hdbscan(near, { sizeMin: 2, neighbours: 1 });
    assert.equal(density.select({ method: 'mass', similarity: 1 }).length, near.size);
  }
});

test('HDBSCAN makes two groups of duplicates of two pictures', () => {
  const near = new SimilarityMatrix([10, 10, 10, 80, 80, 80].map(direction));
  const density = new Hdbscan(near, { sizeMin: 2, neighbours: 1 });
  sameGroups(density.select({ method: 'mass', similarity: 0.9 }), [1, 1, 1, 2, 2, 2]);
});

function sameGroups(found: readonly number[], expected: readonly number[], message = ''): void {
  assert.deepEqual(inOrder(found), inOrder(expected), message);
}

/** Labels renumbered by first appearance. */
function inOrder(labels: readonly number[]): number[] {
  const order = [...new Set(labels)];
  return labels.map((label) => order.indexOf(label));
}

function unit(vector: readonly number[]): Embedding {
  const norm = Math.hypot(...vector);
  return new Float32Array(vector.map((value) => value / norm)) as Embedding;
}

function direction(degrees: number): Embedding {
  const angle = (degrees * Math.PI) / 180;
  return unit([Math.cos(angle), Math.sin(angle)]);
}
