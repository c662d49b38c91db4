import { Command } from 'commander';
import { stateOf } from '../../config/paths.ts';
import { exitCodes } from '../../lib/errors.ts';
import { printable } from '../../lib/fs/byte-path.ts';
import { ownerOf } from '../../storage/open.ts';
import { type Finding, ok } from '../doctor/check.ts';
import { checkFolders } from '../doctor/folders.ts';
import { checkFormats } from '../doctor/formats.ts';
import { checkMachine } from '../doctor/machine.ts';
import { checkParts } from '../doctor/parts.ts';
import { type CommonFlags, examples, print, printJson, settings, withPlaces } from '../flags.ts';
import type { Result } from '../result.ts';

interface DoctorFlags extends CommonFlags {
  readonly json?: boolean;
}

export function doctorCommand(result: Result): Command {
  const command = new Command('doctor')
    .description('Check the machine and the configuration, with advice. Changes nothing.')
    .option('--inbox <dir...>', 'folders of arriving pictures')
    .option('--json', 'print one line of JSON for each check')
    .addHelpText(
      'after',
      examples('framesort doctor', 'framesort doctor --inbox ~/Drop --library ~/Scenes --json'),
    )
    .action(async (flags: DoctorFlags) => {
      const findings = await examine(flags);
      for (const one of findings) flags.json ? printJson(one) : describe(one);
      if (findings.some(({ state }) => state === 'fail')) result.exitCode = exitCodes.failed;
    });
  return withPlaces(command);
}

/** A wrong configuration ends the command before any check. */
async function examine(flags: DoctorFlags): Promise<Finding[]> {
  const { config } = settings(flags);
  const state = stateOf(config, process.env);
  return [
    ...checkMachine(Date.now()),
    ...checkFolders(config.inbox, config.library, state),
    checkLock(state),
    ...(await checkParts(config)),
    ...(await checkFormats()),
  ];
}

function checkLock(state: string): Finding {
  const pid = ownerOf(state);
  return ok('lock', pid === undefined ? 'nobody works on the state' : `pid ${pid} works on the state`);
}

function describe({ what, state, says, todo }: Finding): void {
  print(`${state.padEnd(5)} ${printable(what)}: ${printable(says)}`);
  if (todo !== undefined) print(`      ${todo}`);
}
