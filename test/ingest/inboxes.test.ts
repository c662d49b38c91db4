import assert from 'node:assert/strict';
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileFilter } from '../../src/ingest/file-filter.ts';
import { openChokidarWatcher } from '../../src/ingest/watch/chokidar-watcher.ts';
import { Inboxes } from '../../src/ingest/watch/inboxes.ts';
import type { WatchEvents } from '../../src/ingest/watch/watcher.ts';
import { systemClock } from '../../src/lib/async/clock.ts';
import { type FileSystem, nodeFileSystem } from '../../src/lib/fs/file-system.ts';
import { openLog } from '../../src/lib/logger.ts';
import { until } from '../support/cli.ts';
import { faultyFiles, systemError } from '../support/faulty-files.ts';
import { testFolder } from '../support/folders.ts';

const never = 3_600_000;
const log = openLog({ level: 'silent', format: 'json' });

/** Maximum number of events kept by the system. */
const eventsMax = Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'latin1'));

interface Given {
  readonly files?: FileSystem;
  readonly rescanMs?: number;
  /** Stands between the system and us. */
  readonly filter?: (path: string) => boolean;
  readonly usePolling?: boolean;
  /** Prepares the inbox before the watch. */
  readonly prepare?: (inbox: string) => void;
}

/** Watches an inbox; `offered` lists the paths for the intake. */
async function watchInbox(context: TestContext, given: Given = {}) {
  const { files = nodeFileSystem, rescanMs = never, filter, usePolling = false, prepare } = given;
  const folder = testFolder(context);
  const inbox = join(folder, 'inbox');
  mkdirSync(inbox);
  prepare?.(inbox);
  const [stop, offered] = [new AbortController(), [] as string[]];
  const whenAccepting = { isLeft: true };
  const openWatcher = ({ onHint, onError }: WatchEvents) =>
    openChokidarWatcher(
      { pollMs: 50 },
      { onHint: (path) => void (filter?.(path) !== false && onHint(path)), onError },
    );
  const inboxes: Inboxes = new Inboxes({
    folders: [inbox],
    files,
    clock: systemClock,
    log,
    openWatcher,
    usePolling,
    isAccepted: fileFilter({ ignore: [], ignoreBuiltin: true }),
    outside: [],
    offer: (path) => {
      if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) inboxes.hintFolder(path);
      else if (whenAccepting.isLeft) offered.push(path);
      return whenAccepting.isLeft;
    },
    whenAccepting: () => new Promise((resolve) => setTimeout(resolve, 5)),
    rescanMs: () => rescanMs,
  });
  const watching = inboxes.watch(stop.signal);
  context.after(async () => {
    stop.abort();
    await Promise.all([watching, inboxes.close()]);
  });
  const how = () => inboxes.status[0]?.watching;
  const seen = (path: string) => until(() => offered.includes(path), `${path} is offered`, 20_000);
  return { folder, inbox, inboxes, offered, whenAccepting: whenAccepting, how, seen };
}

function drop(...path: string[]): string {
  const file = join(...path);
  writeFileSync(file, 'content');
  return file;
}

test('a probe shows that events arrive, is never offered, and leaves nothing behind', async (context) => {
  const { inbox, how, seen, offered } = await watchInbox(context);
  await until(() => how() === 'events' && existsSync(inbox), 'the inbox is watched');
  await seen(drop(inbox, 'a.jpg'));
  assert.deepEqual(new Set(offered), new Set([join(inbox, 'a.jpg')]));
  assert.deepEqual(readdirSync(inbox), ['a.jpg']);
});

for (const usePolling of [false, true]) {
  const how = usePolling ? 'polled' : 'watched';
  test(`a probe that a kill left behind is taken away from an inbox that is ${how}`, async (context) => {
    const prepare = (inbox: string) => writeFileSync(join(inbox, '.framesort-probe'), '');
    const { inbox, seen } = await watchInbox(context, { prepare, usePolling });
    await seen(drop(inbox, 'a.jpg'));
    assert.deepEqual(readdirSync(inbox), ['a.jpg']);
  });

  test(`what others have under the probe's name stays in an inbox that is ${how}`, async (context) => {
    const given: Record<string, (path: string) => void> = {
      'a file with content': (path) => writeFileSync(path, 'content'),
      'a folder': (path) => mkdirSync(path),
      'a link': (path) => symlinkSync('nowhere', path),
      'a file with another name': (path) => {
        writeFileSync(`${path}-too`, '');
        linkSync(`${path}-too`, path);
      },
    };
    for (const [what, make] of Object.entries(given)) {
      const path = (inbox: string) => join(inbox, '.framesort-probe');
      const watched = await watchInbox(context, { prepare: (inbox) => make(path(inbox)), usePolling });
      await watched.seen(drop(watched.inbox, 'a.jpg'));
      assert.ok(lstatSync(path(watched.inbox), { throwIfNoEntry: false }), what);
      assert.equal(watched.how(), usePolling ? 'polling' : 'events');
    }
  });
}

test('more events than the system keeps while we are busy: what is lost of them is found all the same', {
  skip: eventsMax > 100_000 ? 'the system keeps too many' : false,
}, async (context) => {
  const { inbox, offered, how, seen } = await watchInbox(context);
  await seen(drop(inbox, 'a.jpg'));
  assert.equal(how(), 'events');
  // Each is made and written to: two events. The queue is full after half of them.
  const paths = Array.from({ length: eventsMax }, (_, i) => drop(inbox, `frame-${i}.jpg`));
  const isThere = () => new Set(offered).size > paths.length;
  await until(isThere, () => `${paths.length} are offered, and not ${new Set(offered).size}`, 20_000);
});

test('where no events arrive the inbox is polled, and watched again when they do', async (context) => {
  let isDeaf = true;
  const filter = (path: string) => !isDeaf || !path.includes('.framesort-probe');
  const { inbox, how, seen, inboxes } = await watchInbox(context, { filter, rescanMs: 100 });
  await until(() => how() === 'polling', 'it is polled');
  assert.equal(inboxes.status[0]?.why, 'no events arrive');
  await seen(drop(inbox, 'a.jpg'));
  isDeaf = false;
  await until(() => how() === 'events', 'it is watched again');
  await seen(drop(inbox, 'b.jpg'));
});

test('an inbox in which no file can be made is watched all the same', async (context) => {
  const files = faultyFiles(({ verb }) => {
    if (verb === 'reserve') throw systemError('EROFS');
  });
  const { inbox, how, seen } = await watchInbox(context, { files });
  await seen(drop(inbox, 'a.jpg'));
  assert.equal(how(), 'events');
});

test('what comes without an event is found by the next walk', async (context) => {
  const filter = (path: string) => path.includes('.framesort-probe');
  const { inbox, how, seen } = await watchInbox(context, { filter, rescanMs: 300 });
  await seen(drop(inbox, 'a.jpg'));
  mkdirSync(join(inbox, 'deep', 'er'), { recursive: true });
  await seen(drop(inbox, 'deep', 'er', 'b.jpg'));
  await seen(drop(inbox, 'c.jpg'));
  assert.equal(how(), 'events');
});

test('an inbox that vanishes is missed, and taken up again when it comes back as another folder', async (context) => {
  const { folder, inbox, how, seen } = await watchInbox(context);
  await seen(drop(inbox, 'a.jpg'));
  rmSync(inbox, { recursive: true });
  await until(() => how() === 'missing', 'it is missing');
  mkdirSync(join(inbox, 'sub'), { recursive: true });
  const early = drop(inbox, 'sub', 'b.jpg');
  await until(() => how() === 'events', 'it is watched');
  await seen(early);
  await seen(drop(inbox, 'c.jpg'));
  renameSync(inbox, join(folder, 'aside'));
  mkdirSync(inbox);
  const unseen = drop(inbox, 'd.jpg');
  await seen(unseen);
  await seen(drop(inbox, 'e.jpg'));
});

test('folders that are made, moved in and moved about are watched where they are', async (context) => {
  const { folder, inbox, seen, offered } = await watchInbox(context);
  mkdirSync(join(folder, 'day', 'one'), { recursive: true });
  drop(folder, 'day', 'one', 'a.jpg');
  await seen(drop(inbox, 'first.jpg'));
  renameSync(join(folder, 'day'), join(inbox, 'day'));
  await seen(join(inbox, 'day', 'one', 'a.jpg'));
  await seen(drop(inbox, 'day', 'one', 'b.jpg'));
  renameSync(join(inbox, 'day'), join(inbox, 'night'));
  await seen(join(inbox, 'night', 'one', 'b.jpg'));
  await seen(drop(inbox, 'night', 'one', 'c.jpg'));
  mkdirSync(join(inbox, '.hidden'));
  drop(inbox, '.hidden', 'x.jpg');
  await seen(drop(inbox, 'last.jpg'));
  assert.ok(!offered.some((path) => path.includes('.hidden')));
});

test('a hint that finds no room is not lost', async (context) => {
  const { inbox, whenAccepting, seen, offered } = await watchInbox(context);
  await seen(drop(inbox, 'a.jpg'));
  whenAccepting.isLeft = false;
  drop(inbox, 'b.jpg');
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.ok(!offered.includes(join(inbox, 'b.jpg')));
  whenAccepting.isLeft = true;
  await seen(join(inbox, 'b.jpg'));
});

test('an inbox may be a link to a folder; links inside are left alone', async (context) => {
  const { folder, inbox, seen, inboxes, how } = await watchInbox(context);
  await until(() => how() === 'events', 'it is watched');
  renameSync(inbox, join(folder, 'real'));
  symlinkSync('real', inbox);
  const path = drop(inbox, 'a.jpg');
  symlinkSync('/etc', join(inbox, 'etc'));
  await seen(path);
  await seen(drop(inbox, 'b.jpg'));
  inboxes.hintFolder(inbox);
  await until(() => new Map(inboxes.ignored()).has(join(inbox, 'etc')), 'the link is told of');
});
