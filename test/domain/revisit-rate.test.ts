import assert from 'node:assert/strict';
import { test } from 'node:test';
import { observationsMax } from '../../src/domain/assignment/clock-reliability.ts';
import { RevisitRate } from '../../src/domain/assignment/revisit-rate.ts';

function taught(lessons: readonly { near: number; known: number }[], times = 100): RevisitRate {
  const revisitRate = new RevisitRate();
  for (let i = 0; i < times; i++) for (const lesson of lessons) revisitRate.learn('exif', lesson);
  return revisitRate;
}

test('where times explain what belongs together and the rest is new, a scene that comes back is less likely', () => {
  const revisitRate = taught([
    { near: 0.95, known: 0.95 },
    { near: 0.02, known: 0.05 },
  ]);
  assert.ok(revisitRate.oddsOf('exif') < -2);
  assert.equal(revisitRate.oddsOf('mtime'), 0);
});

test('where times say nothing, this says nothing, however many scenes come back', () => {
  for (const known of [0.05, 0.5, 0.95]) assert.ok(taught([{ near: 0, known }]).oddsOf('exif') > -0.01);
});

test('where scenes come back often, hardly more is asked of them', () => {
  const revisitRate = taught([
    { near: 0.9, known: 0.95 },
    { near: 0.02, known: 0.9 },
  ]);
  assert.ok(revisitRate.oddsOf('exif') > -0.9, `${revisitRate.oddsOf('exif')}`);
});

test('habits change: what was learned long ago is forgotten', () => {
  const revisitRate = taught([{ near: 0.9, known: 0.05 }], observationsMax);
  for (let i = 0; i < observationsMax; i++) revisitRate.learn('exif', { near: 0, known: 0.9 });
  assert.ok(revisitRate.oddsOf('exif') > -0.01);
});
