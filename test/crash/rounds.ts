import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { drawPictures } from '../support/pictures.ts';
import type { Step } from './order.ts';
import { planRound, steps } from './plan.ts';
import { type Ground, playRound, type RoundResult } from './round.ts';

export interface RoundsOptions {
  readonly rounds: number;
  /** Round n has the seed `seed + n`. */
  readonly seed: number;
  readonly pictures: number;
  readonly onRound?: (result: RoundResult) => void;
}

/** Plays rounds in parallel, alternating between steps. */
export async function playRounds(options: RoundsOptions): Promise<RoundResult[]> {
  const { rounds, seed, pictures, onRound = () => {} } = options;
  const folder = mkdtempSync(join(tmpdir(), 'framesort-crash-'));
  const ground: Ground = {
    child: compiledChild(folder),
    disk: tmpdir(),
    otherDisk: otherDiskThan(tmpdir()),
    pool: await drawPictures(pictures),
    calm: new Map(),
  };
  const turns = Array.from({ length: rounds }, (_, at) => ({ seed: seed + at, step: stepAt(seed + at) }));
  const results: RoundResult[] = [];
  const worker = async () => {
    for (let turn = turns.shift(); turn !== undefined; turn = turns.shift()) {
      const plan = planRound(turn.seed, turn.step, ground.pool, ground.otherDisk !== undefined);
      const result = await playRound(plan, ground);
      results.push(result);
      onRound(result);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() + 1 }, worker));
  rmSync(folder, { recursive: true });
  return results;
}

function stepAt(seed: number): Step {
  return steps[seed % steps.length] as Step;
}

/** The child in JavaScript, on top of `dist`: starts in half the time. */
function compiledChild(folder: string): string {
  const source = readFileSync(new URL('child.ts', import.meta.url), 'utf8');
  const dist = fileURLToPath(new URL('../../dist/', import.meta.url));
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2023,
      verbatimModuleSyntax: true,
    },
  });
  const path = join(folder, 'child.mjs');
  writeFileSync(path, outputText.replace(/'\.\.\/\.\.\/src\/(.+)\.ts'/g, `'${dist}$1.js'`));
  return path;
}

/** A file system in memory, if available. */
function otherDiskThan(folder: string): string | undefined {
  const memory = statSync('/dev/shm', { throwIfNoEntry: false });
  return memory !== undefined && memory.dev !== statSync(folder).dev ? '/dev/shm' : undefined;
}
