import { Command } from 'commander';
import { jsonSchema } from '../../config/generate.ts';
import { checkFile } from '../../config/load.ts';
import { exitCodes } from '../../lib/errors.ts';
import { type CommonFlags, examples, print, printJson, settings, withPlaces } from '../flags.ts';
import type { Result } from '../result.ts';

export function configCommand(result: Result): Command {
  const show = withPlaces(new Command('show'))
    .description('Print every option with its value.')
    .option('--origin', 'print the origin of each value')
    .option('--json', 'print one line of JSON')
    .action((flags: CommonFlags & { origin?: boolean; json?: boolean }) => showConfig(flags));
  const check = new Command('check')
    .description('Check a configuration file.')
    .argument('<file>')
    .action((file: string) => {
      result.exitCode = checkConfig(file);
    });
  const schema = new Command('schema')
    .description('Print the JSON Schema of the configuration file.')
    .action(() => {
      print(JSON.stringify(jsonSchema(), null, 2));
    });
  return new Command('config')
    .description('Show, check or describe the configuration.')
    .addHelpText('after', examples('framesort config show --origin', 'framesort config check framesort.yaml'))
    .addCommand(show.exitOverride())
    .addCommand(check.exitOverride())
    .addCommand(schema.exitOverride());
}

function showConfig(flags: CommonFlags & { origin?: boolean; json?: boolean }): void {
  const { values, origin } = settings(flags);
  if (flags.json) {
    const entries = Array.from(values, ([key, value]) => [
      key,
      flags.origin ? { value, origin: origin.get(key) } : value,
    ]);
    return printJson(Object.fromEntries(entries));
  }
  for (const [key, value] of values) {
    const line = `${key.padEnd(26)} ${JSON.stringify(value)}`;
    print(flags.origin ? `${line.padEnd(60)} ${origin.get(key)}` : line);
  }
}

function checkConfig(file: string): number {
  const problems = checkFile(file);
  for (const problem of problems) process.stderr.write(`framesort: ${problem}\n`);
  if (problems.length === 0) print(`${file} is good`);
  return problems.length === 0 ? exitCodes.ok : exitCodes.configuration;
}
