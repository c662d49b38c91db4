import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { seededRandom } from '../../src/lib/random.ts';
import { testFolder } from '../support/folders.ts';

const child = fileURLToPath(new URL('index-kill-child.ts', import.meta.url));
const total = 800;

/** The last line of the child; undefined when it was killed, some milliseconds after it had filed so many. */
async function run(folder: string, kill?: { after: number; delayMs: number }): Promise<string | undefined> {
  const args = ['--import', 'tsx', child, folder, String(total)];
  const process_ = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(process_, 'exit');
  let last: string | undefined;
  for await (const line of createInterface({ input: process_.stdout })) {
    last = line;
    if (kill === undefined || Number(line) < kill.after) continue;
    await delay(kill.delayMs);
    process_.kill('SIGKILL');
    break;
  }
  const [code] = await exited;
  if (kill === undefined) assert.equal(code, 0);
  return kill === undefined ? last : undefined;
}

test('killed while it saves and merges, the index finds what it would have found in peace', async (context) => {
  const random = seededRandom(4);
  const [calm, killed] = [testFolder(context), testFolder(context)];
  const expected = await run(calm);
  // Shortly after the start of merges: four and eight seals of 64 frames.
  for (const after of [256, 520, 640]) await run(killed, { after, delayMs: random.below(60) });
  assert.equal(await run(killed), expected);
});
