import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { isotonicRegression } from '../../src/evaluation/calibration/isotonic.ts';

interface Reference {
  readonly name: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly at: readonly number[];
  readonly fitted: readonly number[];
}

const references: readonly Reference[] = JSON.parse(
  readFileSync(new URL('../fixtures/isotonic.json', import.meta.url), 'utf8'),
);

for (const { name, x, y, at, fitted } of references) {
  test(`the rising line is that of scikit-learn: ${name}`, () => {
    const found = isotonicRegression(x.map((value, i) => ({ x: value, y: y[i] as number })));
    assert.deepEqual(
      found.map((point) => point.x),
      at,
    );
    for (const [i, point] of found.entries())
      assert.ok(Math.abs(point.y - (fitted[i] as number)) < 1e-9, `${point.y} at ${point.x}`);
  });
}

test('no points give no curve', () => assert.deepEqual(isotonicRegression([]), []));
