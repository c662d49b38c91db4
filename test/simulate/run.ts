import { parseArgs } from 'node:util';
import type { Who } from './acts.ts';
import type { RoundResult } from './round.ts';
import { playRounds } from './rounds.ts';

/** Plays stories of arrivals, people, faults and deaths, and checks all promises. */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    disk: { type: 'string' },
    /** everybody, people, or nobody. Default: everybody, and nobody in a fifth as many rounds. */
    who: { type: 'string' },
  },
});
const startedMs = performance.now();
const seeds = Array.from({ length: Number(values.rounds) }, (_, at) => Number(values.seed) + at);
const results: RoundResult[] = [];
process.once('SIGTERM', () => process.exit(sumUp())); // an interrupted run prints its findings
const all = values.who === undefined ? ['everybody', 'nobody'] : [values.who];
for (const who of all as Who[]) {
  const some =
    values.who === undefined && who === 'nobody' ? seeds.slice(0, Math.floor(seeds.length / 5)) : seeds;
  await playRounds({ seeds: some, disk: values.disk, who, onRound: (result) => note(result, who) });
}
process.exitCode = sumUp();

function sumUp(): number {
  printTable(results);
  const failed = results.filter(({ violations }) => violations.length > 0);
  const seconds = (performance.now() - startedMs) / 1000;
  console.log(`\n${seconds.toFixed(0)} s, ${(results.length / seconds).toFixed(1)} rounds/s`);
  if (failed.length > 0) console.log(`failed seeds: ${failed.map(({ seed }) => seed).join(', ')}`);
  console.log(`${results.length - failed.length} passed, ${failed.length} failed`);
  return failed.length > 0 ? 1 : 0;
}

function note(result: RoundResult, who: string): void {
  results.push(result);
  tellFailure(result, who);
}

function tellFailure({ seed, mode, story, violations, folder }: RoundResult, who: string): void {
  if (violations.length === 0) return;
  console.log(`seed ${seed}, ${mode}: ${story.join(', ')}`);
  console.log(`  again with --rounds 1 --seed ${seed} --who ${who}; left in ${folder}`);
  for (const violation of violations) console.log(`  ${violation}`);
}

function printTable(all: readonly RoundResult[]): void {
  const times = new Map<string, number>();
  for (const { story } of all) for (const event of story) times.set(event, (times.get(event) ?? 0) + 1);
  console.log(`${'what happened'.padEnd(28)}${'times'.padStart(8)}`);
  for (const [event, count] of Array.from(times).sort(([a], [b]) => (a < b ? -1 : 1)))
    console.log(`${event.padEnd(28)}${String(count).padStart(8)}`);
}
