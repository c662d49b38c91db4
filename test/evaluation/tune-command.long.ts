import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCli } from '../support/cli.ts';
import { testFolder } from '../support/folders.ts';
import { drawPictures } from '../support/pictures.ts';

const pictures = await drawPictures(40);

/** Groups by visible place, or alternating groups without a visible difference. */
function truthIn(folder: string, groupOf = (at: number) => pictures[at]?.place ?? ''): string {
  for (const [at, { name, bytes }] of pictures.entries()) {
    mkdirSync(join(folder, 'truth', groupOf(at)), { recursive: true });
    writeFileSync(join(folder, 'truth', groupOf(at), name), bytes);
  }
  return join(folder, 'truth');
}

test('tune writes a configurable calibration, for its own model only', async (context) => {
  const folder = testFolder(context);
  const [truth, file, config] = [truthIn(folder), join(folder, 'mine.json'), join(folder, 'config.yaml')];
  const { code, stdout, stderr } = await runCli(['tune', truth, '--strictness', '0.8', '-o', file, '--json']);
  assert.equal(code, 0, stderr);
  const { space, calibration, outcomes } = JSON.parse(stdout);
  assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), { space, calibration });

  writeFileSync(config, 'grouping:\n  calibration: mine.json\n  strictness: 0.8\n');
  const tuned = await runCli(['evaluate', truth, '--seeds', '1', '--json', '-c', config]);
  assert.equal(tuned.code, 0, tuned.stderr);
  const wanted = outcomes.find((one: { strictness: number }) => one.strictness === 0.8);
  assert.equal(JSON.parse(tuned.stdout).join, wanted.join);

  const other = await runCli(['evaluate', truth, '--seeds', '1', '-c', config, '--model', 'histogram']);
  assert.equal(other.code, 78, other.stderr);
  assert.match(other.stderr, /it is for builtin@.*, the model in use is histogram@/);
});

test('tune reports inseparable groups, and writes nothing', async (context) => {
  const folder = testFolder(context);
  const truth = truthIn(folder, (at) => `turn ${at % 7}`);
  const file = join(folder, 'mine.json');
  const { code, stdout, stderr } = await runCli(['tune', truth, '--strictness', '0.95', '-o', file]);
  assert.equal(code, 1, stderr);
  assert.match(stderr, /this model can't separate these groups/);
  assert.match(stdout, /^ *0\.95 /m);
  assert.equal(existsSync(file), false);
});

test('tune refuses uninformative groups', async (context) => {
  const { code, stderr } = await runCli(['tune', truthIn(testFolder(context), () => 'all')]);
  assert.equal(code, 2, stderr);
  assert.match(stderr, /1 groups with 40 pictures tell nothing/);
});
