import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FrameId } from '../../src/domain/frame.ts';
import type { GroupId } from '../../src/domain/group.ts';
import type { Logger } from '../../src/lib/logger.ts';
import { logEvents } from '../../src/monitoring/event-log.ts';
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

test('a user edit and the result of a request are logged with their counts and words', () => {
  const lines: unknown[] = [];
  const log = { info: (fields: object, message: string) => void lines.push({ message, ...fields }) };
  const events = new Events({ error: () => assert.fail('no listener failed') });
  logEvents(events, log as unknown as Logger);
  const renamed = [{ group: 3 as GroupId, folder: 'beach' }];
  events.emit('library.edited', { renamed, moved: [7 as FrameId], forgotten: [] });
  events.emit('request.done', { kind: 'split', result: { folder: 'lake' } });
  assert.deepEqual(lines, [
    { message: 'a person changed the library', renamed: 1, moved: 1, forgotten: 0 },
    { message: 'a command was answered', wanted: 'split', folder: 'lake' },
  ]);
});
