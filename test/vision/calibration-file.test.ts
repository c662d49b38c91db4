import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { exitCodes, FatalError } from '../../src/lib/errors.ts';
import { calibrationText, withCalibration } from '../../src/vision/models/calibration-file.ts';
import { findModel } from '../../src/vision/models/registry.ts';
import { tempFolder } from '../support/temp.ts';

const model = findModel('builtin');
const calibration = {
  similarity: [0.2, 0.5, 0.8],
  probability: [0, 0.4, 1],
  precision: [0.3, 0.7, 0.99],
  pairs: { slope: 20, centre: 0.5 },
};

function file(context: Parameters<typeof tempFolder>[0], text: string): string {
  const path = join(tempFolder(context), 'calibration.json');
  writeFileSync(path, text);
  return path;
}

test('a calibration of the same space replaces the model’s own', (context) => {
  const path = file(context, calibrationText(model.space.id, calibration));
  assert.deepEqual(withCalibration(model, path), { ...model, calibration });
});

test('a calibration of another space is refused, and the message names both spaces', (context) => {
  const path = file(context, calibrationText(findModel('histogram').space.id, calibration));
  assert.throws(
    () => withCalibration(model, path),
    (error) =>
      error instanceof FatalError &&
      error.exitCode === exitCodes.configuration &&
      error.message.includes(model.space.id) &&
      error.message.includes('histogram'),
  );
});

test('a malformed calibration is refused', (context) => {
  const broken = [
    '',
    'no JSON',
    '{}',
    calibrationText(model.space.id, { ...calibration, similarity: [0.8, 0.5, 0.2] }),
    calibrationText(model.space.id, { ...calibration, precision: [0.5] }),
    calibrationText(model.space.id, { ...calibration, similarity: [], probability: [], precision: [] }),
  ];
  for (const text of broken) {
    assert.throws(
      () => withCalibration(model, file(context, text)),
      (error) => error instanceof FatalError && error.message.startsWith('read the calibration'),
      text,
    );
  }
  assert.throws(() => withCalibration(model, '/nowhere/calibration.json'), /read the calibration/);
});
