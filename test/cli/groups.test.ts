import assert from 'node:assert/strict';
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCli } from '../support/cli.ts';
import { testFolder } from '../support/folders.ts';
import { drawPictures } from '../support/pictures.ts';

const frames = await drawPictures(16);

/** A sorted library, and a function to list its groups. */
async function sorted(folder: string, env: NodeJS.ProcessEnv = {}) {
  const [inbox, library] = [join(folder, 'inbox'), join(folder, 'library')];
  mkdirSync(inbox, { recursive: true });
  for (const [i, { name, bytes }] of frames.entries()) {
    writeFileSync(join(inbox, name), bytes);
    utimesSync(join(inbox, name), 3_600 * i, 3_600 * i); // hours apart: only the content counts
  }
  await runCli(['sort', inbox, library], { env });
  return async (...args: string[]) => {
    const { stdout } = await runCli(['groups', ...args, '--json', '--library', library]);
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  };
}

test('groups lists all groups, and the pictures of one', async (context) => {
  const groups = await sorted(testFolder(context));
  const all = await groups();
  assert.equal(
    all.reduce((sum, { frames: count }) => sum + count, 0),
    frames.length,
  );
  for (const { folder, frames: count } of all) assert.equal((await groups('show', folder)).length, count);
});

test('a picture that joined at the very limit is doubtful, and listed; one far above it is not', async (context) => {
  const [first, second] = [testFolder(context), testFolder(context)];
  const groups = await sorted(first);
  const members = (await Promise.all((await groups()).map(({ folder }) => groups('show', folder)))).flat();
  // Until the first join every picture is alone: a limit at its similarity changes nothing before it.
  const inOrder = members.toSorted((a, b) => a.captured.localeCompare(b.captured));
  const limit = inOrder.find(({ rule }) => rule === 'similar-enough')?.similarity;
  const doubtful = await sorted(second, { FRAMESORT_GROUPING_JOIN_SIMILARITY: String(limit) });
  assert.ok((await doubtful('--doubtful')).length > 0, `none is doubtful at ${limit}`);
  assert.ok((await groups('--doubtful')).length < frames.length);
});

test('the same arrivals give the same groups, bit for bit, whatever the number of workers', async (context) => {
  const decided = async (decoders: number, embedders: number) => {
    const env = { FRAMESORT_DECODE_WORKERS: String(decoders), FRAMESORT_EMBED_WORKERS: String(embedders) };
    const groups = await sorted(testFolder(context), { ...process.env, ...env });
    const all = await groups();
    return Promise.all(
      all.map(async ({ folder, frames: count }) => ({
        folder,
        count,
        frames: (await groups('show', folder)).map(({ arrived: _, source: __, ...frame }) => frame),
      })),
    );
  };
  const alone = await decided(1, 1);
  assert.ok(alone.length > 1 && alone.some(({ count }) => count > 1));
  for (const [decoders, embedders] of [
    [2, 3],
    [5, 2],
  ] as const)
    assert.deepEqual(await decided(decoders, embedders), alone);
});
