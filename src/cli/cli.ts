import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { codeOf, exitCodes, FatalError, isTransient, messageOf, TransientError } from '../lib/errors.ts';
import { backupCommand } from './commands/backup.ts';
import { compareCommand } from './commands/compare.ts';
import { configCommand } from './commands/config.ts';
import { demoCommand } from './commands/demo.ts';
import { doctorCommand } from './commands/doctor.ts';
import { evaluateCommand } from './commands/evaluate.ts';
import { explainCommand } from './commands/explain.ts';
import { groupsCommand } from './commands/groups.ts';
import { mergeCommand } from './commands/merge.ts';
import { modelsCommand } from './commands/models/models.ts';
import { moveCommand } from './commands/move.ts';
import { proposalsCommand } from './commands/proposals.ts';
import { rebuildCommand } from './commands/rebuild.ts';
import { renameCommand } from './commands/rename.ts';
import { reportCommand } from './commands/report.ts';
import { retryCommand } from './commands/retry.ts';
import { sortCommand } from './commands/sort.ts';
import { splitCommand } from './commands/split.ts';
import { statusCommand } from './commands/status.ts';
import { tuneCommand } from './commands/tune.ts';
import { undoCommand } from './commands/undo.ts';
import { verifyCommand } from './commands/verify.ts';
import { watchCommand } from './commands/watch.ts';
import type { Result } from './result.ts';

const commands = [
  watchCommand,
  sortCommand,
  statusCommand,
  groupsCommand,
  explainCommand,
  mergeCommand,
  moveCommand,
  splitCommand,
  renameCommand,
  undoCommand,
  proposalsCommand,
  reportCommand,
  evaluateCommand,
  tuneCommand,
  compareCommand,
  verifyCommand,
  rebuildCommand,
  backupCommand,
  retryCommand,
  doctorCommand,
  modelsCommand,
  configCommand,
  demoCommand,
];

/** Arguments in, exit code out. Data goes to stdout, everything else to stderr. */
export async function run(args: readonly string[]): Promise<number> {
  const result: Result = { exitCode: exitCodes.ok };
  ignoreClosedPipe(process.stdout);
  const program = new Command('framesort')
    .description('Files each picture, as it arrives, into the folder of the scene it belongs to.')
    .version(version())
    .showHelpAfterError('Run with --help to see what there is.')
    .addHelpText(
      'after',
      '\nExit codes: 0 ok, 1 failed, 2 usage, 3 partly done, 75 try again, 78 configuration.',
    )
    .exitOverride();
  for (const command of commands) program.addCommand(command(result).exitOverride());
  try {
    await program.parseAsync([...args], { from: 'user' });
    return result.exitCode;
  } catch (error) {
    return explainFailure(error);
  }
}

/** `framesort groups | head` closes our output early: not a failure. */
function ignoreClosedPipe(stream: NodeJS.WriteStream): void {
  stream.on('error', (error) => {
    if (codeOf(error) !== 'EPIPE') throw error;
  });
}

function explainFailure(error: unknown): number {
  // Commander has already printed the message.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  const hint = error instanceof FatalError || error instanceof TransientError ? error.hint : undefined;
  process.stderr.write(`framesort: ${messageOf(error)}\n${hint === undefined ? '' : `  ${hint}\n`}`);
  if (error instanceof FatalError) return error.exitCode;
  if (isTransient(error)) return exitCodes.tryAgain;
  if (error instanceof Error && error.stack !== undefined) process.stderr.write(`${error.stack}\n`);
  return exitCodes.failed;
}

function version(): string {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version;
}
