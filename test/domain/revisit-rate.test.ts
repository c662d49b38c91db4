import assert from 'node:assert/strict';
import { test } from 'node:test';
import { observationsMax } from '../../src/domain/assignment/clock-reliability.ts';
import { RevisitRate } from '../../src/domain/assignment/revisit-rate.ts';

function taught(lessons: readonly { near: number; known: number }[], times = 100): RevisitRate {
  const revisitRate = new RevisitRate();
  for (let i = 0; i < times; i++) for (const lesson of lessons) revisitRate.observe('exif', lesson);
  return revisitRate;
}

test('if times explain all groups and other frames show new scenes, a revisit is less likely', () => {
  const revisitRate = taught([
    { near: 0.95, known: 0.95 },
    { near: 0.02, known: 0.05 },
  ]);
  assert.ok(revisitRate.oddsOf('exif') < -2);
  assert.equal(revisitRate.oddsOf('mtime'), 0);
});

test('if times say nothing, neither does the revisit rate, however many scenes come back', () => {
  for (const known of [0.05, 0.5, 0.95]) assert.ok(taught([{ near: 0, known }]).oddsOf('exif') > -0.01);
});

test('if scenes come back often, they need hardly more similarity', () => {
  const revisitRate = taught([
    { near: 0.9, known: 0.95 },
    { near: 0.02, known: 0.9 },
  ]);
  assert.ok(revisitRate.oddsOf('exif') > -0.9, `${revisitRate.oddsOf('exif')}`);
});

test('old observations are forgotten', () => {
  const revisitRate = taught([{ near: 0.9, known: 0.05 }], observationsMax);
  for (let i = 0; i < observationsMax; i++) revisitRate.observe('exif', { near: 0, known: 0.9 });
  assert.ok(revisitRate.oddsOf('exif') > -0.01);
});
