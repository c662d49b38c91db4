import assert from 'node:assert/strict';
import { linkSync, mkdirSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { FrameId } from '../../src/domain/frame.ts';
import type { GroupId } from '../../src/domain/group.ts';
import { nodeFileSystem } from '../../src/lib/fs/file-system.ts';
import { openLog } from '../../src/lib/logger.ts';
import { TempNameCleanup } from '../../src/library/placing/temp-name-cleanup.ts';
import { Reconciler } from '../../src/library/reconcile/reconciler.ts';
import { Events } from '../../src/monitoring/events.ts';
import { runCli } from '../support/cli.ts';
import { placesBelow, testFolder } from '../support/folders.ts';
import { placedLibrary } from '../support/placed-library.ts';

/** Frames 1 and 2 in a group each, and a folder renamed by a person at a bad moment. */
async function scene(context: TestContext) {
  const { library, store, membership } = await placedLibrary(context, [1, 2]);
  const renamed = join(library, 'renamed');
  mkdirSync(renamed);
  const log = openLog({ level: 'silent', format: 'json' });
  let passedMs = 0;
  const clock = { now: () => 1, passed: () => passedMs, sleep: async () => {} };
  const parts = { store, membership, files: nodeFileSystem, library, clock, log, events: new Events(log) };
  const start = () => new Reconciler(parts);
  const look = async (reconciler = start()) => {
    passedMs += 3_000;
    return await reconciler.run();
  };
  const picture = (frame: number) => join(library, `scene-${frame}`, `${frame}.jpg`);
  const hidden = (frame: number) => join(renamed, `.framesort-${frame}`);
  const left = () =>
    Object.fromEntries(readdirSync(renamed).map((name) => [name, `${readFileSync(join(renamed, name))}`]));
  return { library, store, start, look, picture, hidden, left };
}

test('a hidden second name of a picture that is in its group goes', async (context) => {
  const { look, picture, hidden, left } = await scene(context);
  linkSync(picture(1), hidden(1));
  writeFileSync(hidden(2), readFileSync(picture(2))); // it came from another disk
  assert.equal(await look(), true);
  assert.deepEqual(left(), {});
  assert.equal(`${readFileSync(picture(1))}${readFileSync(picture(2))}`, '12');
});

test('what nobody has under another name is given one that can be seen, beside what is there', async (context) => {
  const { look, picture, hidden, left } = await scene(context);
  writeFileSync(hidden(1), '!');
  writeFileSync(hidden(7), 'of a frame that was never heard of');
  writeFileSync(hidden(-3), 'of a file in quarantine');
  writeFileSync(join(hidden(1), '..', 'picture 7'), 'in its way');
  await look();
  assert.deepEqual(left(), {
    '1.jpg': '!',
    'picture 7': 'in its way',
    'picture 7 (2)': 'of a frame that was never heard of',
    'picture -3': 'of a file in quarantine',
  });
  assert.equal(`${readFileSync(picture(1))}`, '1');
});

test('a file that a move has in work is left to it', async (context) => {
  const { library, store, look, picture, hidden, left } = await scene(context);
  const why = { by: 'command', act: 'move', rule: '', evidence: {} } as const;
  const identity = (await nodeFileSystem.stat(picture(2))).identity;
  const [from, to] = [
    { group: 2 as GroupId, name: '2.jpg' },
    { group: 1 as GroupId, name: '2.jpg' },
  ];
  await store.planChange({ whenMs: 1, why, frames: [{ frame: 2 as FrameId, from, to, identity }] });
  linkSync(picture(2), hidden(2));
  await look();
  assert.deepEqual(left(), { '.framesort-2': '2' });
  assert.deepEqual(readdirSync(join(library, 'scene-2')), ['2.jpg']);
});

test('with a picture that a person took away goes the hidden name that we gave it', async (context) => {
  const { store, start, look, picture, hidden, left } = await scene(context);
  linkSync(picture(1), hidden(1));
  unlinkSync(picture(1));
  const reconciler = start();
  await look(reconciler);
  assert.deepEqual(left(), { '.framesort-1': '1' }, 'it may be found yet');
  await look(reconciler);
  assert.deepEqual([left(), (await store.counts()).frames], [{}, 1]);
});

test('a folder is no picture, whatever its name', async (context) => {
  const { library, store } = await scene(context);
  const folder = join(library, 'renamed', '.framesort-1');
  mkdirSync(folder);
  await new TempNameCleanup({ store, files: nodeFileSystem, library }).clean([folder]);
  assert.deepEqual(readdirSync(join(library, 'renamed')), ['.framesort-1']);
});

test('what was left in a folder of the inbox is taken up', async (context) => {
  const { inbox, library, state } = placesBelow(testFolder(context));
  mkdirSync(join(inbox, 'renamed'), { recursive: true });
  writeFileSync(join(inbox, 'renamed', '.framesort-5'), 'no picture');
  const sort = () => runCli(['sort', inbox, library, '--state', state]);
  await sort();
  assert.deepEqual(readdirSync(join(inbox, 'renamed')), ['picture 5']);
  await sort();
  assert.deepEqual(readdirSync(join(inbox, 'renamed')), []);
  const [folder] = readdirSync(join(library, '.framesort', 'quarantine'));
  const kept = join(library, '.framesort', 'quarantine', folder as string, 'picture 5');
  assert.equal(`${readFileSync(kept)}`, 'no picture');
});
