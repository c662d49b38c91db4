import { parseArgs } from 'node:util';
import { steps } from './plan.ts';
import type { RoundResult } from './round.ts';
import { playRounds } from './rounds.ts';

/** Kills framesort at every step, repeatedly, and checks that no picture is lost, duplicated or altered. */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
  },
});
const startedMs = performance.now();
const options = { rounds: Number(values.rounds), seed: Number(values.seed), pictures: 60 };
const results: RoundResult[] = [];
process.once('SIGTERM', () => process.exit(sumUp())); // an interrupted run prints its findings
await playRounds({ ...options, onRound: note });
process.exitCode = sumUp();

function sumUp(): number {
  printTable(results);
  const failed = results.filter(({ violations }) => violations.length > 0).length;
  console.log(`\n${Math.round((performance.now() - startedMs) / 1000)} s`);
  console.log(`${results.length - failed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}

function note(result: RoundResult): void {
  results.push(result);
  tellFailure(result);
}

function tellFailure({ plan, violations, folders }: RoundResult): void {
  if (violations.length === 0) return;
  const { arrivals: _, ...rest } = plan;
  console.log(`round ${JSON.stringify(rest)}`);
  console.log(`  again with --rounds 1 --seed ${plan.seed}; left in ${folders.join(' and ')}`);
  for (const violation of violations) console.log(`  ${violation}`);
}

function printTable(all: readonly RoundResult[]): void {
  const row = (...cells: readonly (string | number)[]) =>
    console.log(cells.map((cell, at) => String(cell)[at === 0 ? 'padEnd' : 'padStart'](14)).join(''));
  row('step', 'rounds', 'kills', 'violations');
  for (const step of steps) {
    const those = all.filter(({ plan }) => plan.step === step);
    const kills = those.reduce((sum, { killed }) => sum + killed, 0);
    row(
      step,
      those.length,
      kills,
      those.reduce((sum, { violations }) => sum + violations.length, 0),
    );
  }
}
