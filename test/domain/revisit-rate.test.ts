import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lessonsMax } from '../../src/domain/assignment/clock-reliability.ts';
import { Returns } from '../../src/domain/assignment/revisit-rate.ts';

function taught(lessons: readonly { near: number; known: number }[], times = 100): Returns {
  const returns = new Returns();
  for (let i = 0; i < times; i++) for (const lesson of lessons) returns.learn('exif', lesson);
  return returns;
}

test('where times explain what belongs together and the rest is new, a scene that comes back is less likely', () => {
  const returns = taught([
    { near: 0.95, known: 0.95 },
    { near: 0.02, known: 0.05 },
  ]);
  assert.ok(returns.oddsOf('exif') < -2);
  assert.equal(returns.oddsOf('mtime'), 0);
});

test('where times say nothing, this says nothing, however many scenes come back', () => {
  for (const known of [0.05, 0.5, 0.95]) assert.ok(taught([{ near: 0, known }]).oddsOf('exif') > -0.01);
});

test('where scenes come back often, hardly more is asked of them', () => {
  const returns = taught([
    { near: 0.9, known: 0.95 },
    { near: 0.02, known: 0.9 },
  ]);
  assert.ok(returns.oddsOf('exif') > -0.9, `${returns.oddsOf('exif')}`);
});

test('habits change: what was learned long ago is forgotten', () => {
  const returns = taught([{ near: 0.9, known: 0.05 }], lessonsMax);
  for (let i = 0; i < lessonsMax; i++) returns.learn('exif', { near: 0, known: 0.9 });
  assert.ok(returns.oddsOf('exif') > -0.01);
});
