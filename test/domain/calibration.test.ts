import assert from 'node:assert/strict';
import { test } from 'node:test';
import { probabilityAt, similarityForPrecision } from '../../src/domain/calibration.ts';
import { findModel } from '../../src/vision/models/registry.ts';

const calibration = {
  similarity: [0.2, 0.4, 0.6, 0.8],
  probability: [0, 0.1, 0.9, 1],
  precision: [0.5, 0.8, 0.8, 0.99],
  pairs: { slope: 20, centre: 0.5 },
};

test('probabilities are interpolated between the fitted points, and constant beyond', () => {
  assert.equal(probabilityAt(calibration, -1), 0);
  assert.equal(probabilityAt(calibration, 0.4), 0.1);
  assert.ok(Math.abs(probabilityAt(calibration, 0.5) - 0.5) < 1e-12);
  assert.equal(probabilityAt(calibration, 0.95), 1);
});

test('a precision gives the lowest similarity that reaches it; an unreachable precision gives the highest', () => {
  assert.equal(similarityForPrecision(calibration, 0.1), 0.2);
  assert.equal(similarityForPrecision(calibration, 0.8), 0.4);
  assert.equal(similarityForPrecision(calibration, 0.99), 0.8);
  assert.equal(similarityForPrecision(calibration, 1), 0.8);
});

test('a calibration without points throws', () => {
  assert.throws(
    () => probabilityAt({ ...calibration, similarity: [], probability: [], precision: [] }, 0.5),
    /calibration/,
  );
});

test('the built-in calibration rises: higher similarity is more probable, a higher strictness needs more similarity', () => {
  const fitted = findModel('builtin').calibration;
  assert.ok(fitted);
  const steps = Array.from({ length: 201 }, (_, i) => i / 100 - 1);
  const probabilities = steps.map((similarity) => probabilityAt(fitted, similarity));
  const thresholds = steps.map((precision) => similarityForPrecision(fitted, precision));
  for (const values of [probabilities, thresholds]) {
    assert.deepEqual(
      values,
      values.toSorted((a, b) => a - b),
    );
  }
  assert.ok(probabilities.every((value) => value >= 0 && value <= 1));
});
