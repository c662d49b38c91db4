import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Embedding } from '../../src/domain/embedding.ts';
import { principalPlane } from '../../src/report/principal-components.ts';
import { planeMap } from '../../src/report/umap.ts';
import { clusteredEmbeddings, unit } from '../support/vectors.ts';

const vectors = clusteredEmbeddings(60, { clusters: 3, spread: 0.3 });

test('equal vectors give equal positions', () => {
  assert.deepEqual(planeMap(vectors), planeMap(vectors));
});

test('the nearest picture on the map is a similar one', () => {
  const { method, x, y } = planeMap(vectors);
  assert.equal(method, 'UMAP');
  const nearest = (from: number) => {
    const distance = (to: number) => Math.hypot((x[to] ?? 0) - (x[from] ?? 0), (y[to] ?? 0) - (y[from] ?? 0));
    const others = Array.from(vectors.keys()).filter((to) => to !== from);
    return others.sort((a, b) => distance(a) - distance(b))[0] as number;
  };
  const dot = (a: number, b: number) =>
    (vectors[a] as Embedding).reduce((sum, value, i) => sum + value * (vectors[b]?.[i] ?? 0), 0);
  const alike = vectors.filter((_, at) => dot(at, nearest(at)) > 0.5).length;
  assert.ok(alike >= 57, `${alike} of 60`);
});

test('all positions are within the plane, also for one picture, none, and equal pictures', () => {
  const [one] = vectors as [Embedding];
  for (const some of [[], [one], new Array<Embedding>(20).fill(one), vectors]) {
    const { x, y } = planeMap(some);
    assert.equal(x.length, some.length);
    assert.ok([...x, ...y].every((value) => value >= 0 && value <= 1));
  }
});

test('too many frames for UMAP are laid out by PCA', () => {
  assert.equal(planeMap(vectors, 59).method, 'PCA');
});

test('the first principal direction has the greatest variance', () => {
  const spread = [-3, -1, 1, 3].map((i) => unit(Float32Array.of(10, i, 0.1 * (i % 2), 0)));
  const { x, y } = principalPlane(spread);
  const range = (values: readonly number[]) => Math.max(...values) - Math.min(...values);
  assert.ok(range(x) > 0.5 && range(y) < 0.05, `${range(x)} ${range(y)}`);
  assert.deepEqual(
    Array.from(x.keys())
      .sort((a, b) => (x[a] ?? 0) - (x[b] ?? 0))
      .join()
      .replace('3,2,1,0', '0,1,2,3'),
    '0,1,2,3',
  );
});
