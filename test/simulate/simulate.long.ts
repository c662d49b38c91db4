import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { playRounds } from './rounds.ts';

/** Stories that once broke a promise: from before group changes existed, and since. */
const seeds = JSON.parse(readFileSync(new URL('seeds.json', import.meta.url), 'utf8')) as Record<
  'beforeRegrouping' | 'regrouping',
  number[]
>;

test("whatever people, disks and deaths do in between, no picture is lost, duplicated or moved against the user's will", async () => {
  const fresh = Array.from({ length: 12 }, (_, at) => 90_001 + at);
  const known = await playRounds({ seeds: seeds.beforeRegrouping, who: 'people' });
  const results = [...known, ...(await playRounds({ seeds: [...seeds.regrouping, ...fresh] }))];
  for (const { seed, violations } of results) assert.deepEqual(violations, [], `seed ${seed}`);
});

test('if nobody changes the library, faults and deaths do not change the groups', async () => {
  const seeds = Array.from({ length: 12 }, (_, at) => 1 + at);
  for (const { seed, violations } of await playRounds({ seeds, who: 'nobody' }))
    assert.deepEqual(violations, [], `seed ${seed}`);
});

test('the same seed plays the same story', async () => {
  const [first, second] = await playRounds({ seeds: [4_711, 4_711] });
  assert.deepEqual(second?.story, first?.story);
});
