import assert from 'node:assert/strict';
import { test } from 'node:test';
import { steps } from './plan.ts';
import { playRounds } from './rounds.ts';

test('killed once at each step, framesort loses nothing, files nothing twice, and ends like a calm run', async () => {
  const results = await playRounds({ rounds: steps.length, seed: 1, pictures: 24 });
  for (const { plan, violations } of results)
    assert.deepEqual(violations, [], `seed ${plan.seed}, ${plan.step}`);
  assert.equal(results.length, steps.length);
  assert.ok(results.reduce((sum, { killed }) => sum + killed, 0) >= steps.length / 2, 'most rounds did kill');
});
