import { Command } from 'commander';
import { requireLibrary } from '../../config/places.ts';
import { findModel } from '../../embed/models.ts';
import { printable } from '../../lib/byte-path.ts';
import { exitCodes } from '../../lib/errors.ts';
import { realFiles } from '../../lib/files.ts';
import { acquireLock } from '../../lib/lock.ts';
import { type Verdict, verify } from '../../verify.ts';
import { closeMemory, openMemory } from '../../workshop.ts';
import type { Result } from '../result.ts';
import { type CommonFlags, examples, print, printJson, withPlaces } from '../settings.ts';
import { existingState } from '../state.ts';

interface VerifyFlags extends CommonFlags {
  readonly deep?: boolean;
  readonly json?: boolean;
}

export function verifyCommand(result: Result): Command {
  const command = new Command('verify')
    .description('Check that store, index and folders agree. Changes nothing.')
    .option('--deep', 'read every picture and compare its content too')
    .option('--model <name|file>', 'the model that made the state')
    .option('--json', 'print one line of JSON')
    .addHelpText(
      'after',
      examples('framesort verify --library ~/Scenes', 'framesort verify --deep -c framesort.yaml'),
    )
    .action(async (flags: VerifyFlags) => {
      const verdict = await verifyState(flags);
      result.exitCode = verdict.disagreements.length === 0 ? exitCodes.ok : exitCodes.failed;
      if (flags.json) printJson(verdict);
      else describe(verdict);
    });
  return withPlaces(command);
}

async function verifyState(flags: VerifyFlags): Promise<Verdict> {
  const { state, config } = existingState(flags);
  const library = requireLibrary(config);
  const lock = acquireLock(state);
  const memory = await openMemory(state, findModel(config.embed.model));
  try {
    return await verify({ ...memory, library, files: realFiles, deep: flags.deep === true });
  } finally {
    await closeMemory(memory);
    lock.release();
  }
}

function describe({ frames, groups, disagreements }: Verdict): void {
  for (const { what, problem } of disagreements) print(`${printable(what)}: ${problem}`);
  const all = `${frames} frames in ${groups} groups`;
  if (disagreements.length === 0) print(`store, index and folders agree: ${all}`);
  else print(`${disagreements.length} disagreements, ${all}`);
}
