import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCli } from '../support/cli.ts';
import { testFolder } from '../support/folders.ts';
import { drawPictures } from '../support/pictures.ts';

const pictures = await drawPictures(24);

function truthIn(folder: string): string {
  const truth = join(folder, 'truth');
  for (const { place, name, bytes } of pictures) {
    mkdirSync(join(truth, place), { recursive: true });
    writeFileSync(join(truth, place, name), bytes);
  }
  writeFileSync(join(truth, pictures[0]?.place ?? '', 'broken.jpg'), 'no picture');
  return truth;
}

test('evaluate measures each order of arrival, over the seeds, scene by scene', async (context) => {
  const truth = truthIn(testFolder(context));
  const { code, stdout, stderr } = await runCli(['evaluate', truth, '--seeds', '3', '--json']);
  assert.equal(code, 0, stderr);
  const { pictures: count, groups, unreadable, ...plans } = JSON.parse(stdout);
  const places = new Set(pictures.map(({ place }) => place)).size;
  assert.deepEqual({ count, groups, unreadable }, { count: 24, groups: places, unreadable: 1 });
  for (const plan of ['shuffled', 'film', 'interleaved'])
    for (const { mean, f1, f1Interval, scenes, runs } of [plans[plan], plans.consolidated[plan]]) {
      assert.deepEqual([runs.length, scenes.length, mean.groups.truth], [3, places, places], plan);
      assert.ok(0 < f1.low && f1.low <= mean.bcubed.f1 && mean.bcubed.f1 <= f1.high && f1.high <= 1, plan);
      assert.ok(f1Interval.low <= f1Interval.high, plan);
    }
});

test('evaluate prints a table, and on request the imperfect groups', async (context) => {
  const args = [
    'evaluate',
    truthIn(testFolder(context)),
    '--seeds',
    '1',
    '--per-scene',
    '--strictness',
    '0.99',
  ];
  const { code, stdout, stderr } = await runCli(args);
  assert.equal(code, 0, stderr);
  for (const line of [
    /^24 pictures in /m,
    /^1 files could not be read/m,
    /^interleaved +[01]\.\d{3} /m,
    /^ {2}consolidated +[01]\.\d{3} /m,
  ])
    assert.match(stdout, line);
  assert.match(stdout, /^film: \d+ of \d+ groups are not always rebuilt whole$/m);
});

test('evaluate refuses invalid counts, and a folder without groups', async (context) => {
  const folder = testFolder(context);
  for (const args of [[folder], [folder, '--seeds', '0'], [folder, '--seeds', 'many']]) {
    const { code, stdout, stderr } = await runCli(['evaluate', ...args]);
    assert.deepEqual({ code, stdout }, { code: 2, stdout: '' }, stderr);
  }
});
