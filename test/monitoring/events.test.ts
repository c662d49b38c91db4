import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Events } from '../../src/monitoring/events.ts';

test('listeners hear an event at once, in the order of their subscription', () => {
  const events = new Events({ error: () => assert.fail('no listener failed') });
  const heard: string[] = [];
  events.on('frames.resumed', ({ frames }) => void heard.push(`first ${frames}`));
  events.onAll((name) => void heard.push(name));
  events.emit('frames.resumed', { frames: 2 });
  assert.deepEqual(heard, ['first 2', 'frames.resumed']);
});

test('a listener that throws is logged, and the next listener is still called', () => {
  const logged: unknown[] = [];
  const events = new Events({ error: (fields: unknown) => void logged.push(fields) });
  const failure = new Error('broken listener');
  let frames = 0;
  events.on('frames.resumed', () => {
    throw failure;
  });
  events.on('frames.resumed', (resumed) => {
    frames = resumed.frames;
  });
  events.emit('frames.resumed', { frames: 3 });
  assert.equal(frames, 3);
  assert.deepEqual(logged, [{ err: failure, event: 'frames.resumed' }]);
});
