import type { Command } from 'commander';
import { type Loaded, loadConfig } from '../config/load.ts';

/** Options of every command on a library. */
export interface CommonFlags {
  readonly config?: string;
  readonly inbox?: string[];
  readonly library?: string;
  readonly state?: string;
  readonly mode?: string;
  readonly model?: string;
  readonly strictness?: string;
}

export function withPlaces(command: Command): Command {
  return command
    .option('-c, --config <file>', 'read the configuration from this file')
    .option('--library <dir>', 'the folder with a sub-folder for each group')
    .option('--state <dir>', 'where the store lives');
}

export function withGrouping(command: Command): Command {
  return command
    .option('--model <name|file>', 'the embedding model')
    .option('--strictness <0..1>', 'the wanted share of right joins');
}

/** Loads the configuration and applies the flags. `more`: settings of the command. */
export function settings(flags: CommonFlags, more: Readonly<Record<string, unknown>> = {}): Loaded {
  const { config: file, inbox, library, state, mode, model, strictness } = flags;
  const grouping = { 'embed.model': model, 'grouping.strictness': strictness && Number(strictness) };
  const loaded = loadConfig({
    flags: { ...more, inbox: inbox?.length ? inbox : undefined, library, state, mode, ...grouping },
    environment: process.env,
    file,
  });
  for (const name of loaded.unknownVariables)
    process.stderr.write(`framesort: the environment variable ${name} names no option, and has no effect\n`);
  return loaded;
}

/** Two examples below a command's help. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
