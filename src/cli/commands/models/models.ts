import { Command } from 'commander';
import { exitCodes, FatalError, messageOf } from '../../../lib/errors.ts';
import { installed } from '../../../vision/models/download/install.ts';
import { allDownloadable } from '../../../vision/models/downloadable.ts';
import { findModel, modelCache, ownModelNames } from '../../../vision/models/registry.ts';
import { testModel } from '../../../vision/open.ts';
import { examples, print, printJson, settings } from '../../flags.ts';
import { listedLines, listModels } from '../../output/model-list.ts';
import type { Result } from '../../result.ts';
import { stopSignal } from '../../signals.ts';
import { pullModel, requireDownloadable } from './pull.ts';
import { modelsUseCommand } from './use.ts';

export function modelsCommand(result: Result): Command {
  return new Command('models')
    .description('List, download, check and switch embedding models.')
    .addHelpText('after', examples('framesort models list', 'framesort models pull resnet50'))
    .addCommand(listCommand().exitOverride())
    .addCommand(pullCommand().exitOverride())
    .addCommand(verifyCommand(result).exitOverride())
    .addCommand(modelsUseCommand(result).exitOverride());
}

function listCommand(): Command {
  return new Command('list')
    .description('List the named models, and whether each is installed.')
    .option('--json', 'print one line of JSON')
    .addHelpText('after', examples('framesort models list', 'framesort models list --json'))
    .action((flags: { json?: boolean }) => {
      const models = listModels();
      if (flags.json) printJson(models);
      else for (const line of listedLines(models)) print(line);
    });
}

interface PullFlags {
  readonly config?: string;
  readonly mirror?: readonly string[];
  readonly from?: string;
  readonly offline?: boolean;
  readonly json?: boolean;
}

function pullCommand(): Command {
  return new Command('pull')
    .description('Download, check and test a model. Resumes an interrupted download.')
    .argument('<name>')
    .option('-c, --config <file>', 'read the configuration from this file')
    .option('--mirror <url...>', 'first address to try, with the same paths as the published address')
    .option('--from <file>', 'take this file instead of the network')
    .option('--offline', 'use no network')
    .option('--json', 'print one line of JSON')
    .addHelpText(
      'after',
      examples(
        'framesort models pull resnet50',
        'framesort models pull dinov2-small --from model_quantized.onnx',
      ),
    )
    .action(pull);
}

async function pull(name: string, flags: PullFlags): Promise<void> {
  const entry = requireDownloadable(name);
  const more = { 'models.mirrors': flags.mirror, 'models.offline': flags.offline };
  const { config } = settings(flags, more);
  const pulling = { options: config.models, from: flags.from, signal: stopSignal() };
  const { path, descriptor } = await pullModel(entry, pulling);
  if (flags.json) return printJson({ name, path, bytes: descriptor.bytes, sha256: descriptor.sha256 });
  print(`${name} is here and works: ${path}`);
  print(
    `Use it with embed.model: ${name}. It is not calibrated: see framesort tune, or set grouping.joinSimilarity.`,
  );
}

function verifyCommand(result: Result): Command {
  return new Command('verify')
    .description('Check and test the named models, or all installed models.')
    .argument('[name...]')
    .option('--json', 'print one line of JSON')
    .addHelpText('after', examples('framesort models verify', 'framesort models verify resnet50'))
    .action(async (names: string[], flags: { json?: boolean }) => {
      const checked: (Problem & { readonly name: string })[] = [];
      for (const name of names.length > 0 ? names : namesHere())
        checked.push({ name, ...(await problemOf(name)) });
      if (checked.some(({ problem }) => problem !== null)) result.exitCode = exitCodes.failed;
      if (flags.json) return printJson(checked);
      for (const { name, problem, hint } of checked) {
        print(`${name}: ${problem ?? 'whole, and works'}`);
        if (hint !== undefined) print(`  ${hint}`);
      }
    });
}

interface Problem {
  readonly problem: string | null;
  readonly hint?: string;
}

function namesHere(): string[] {
  const downloaded = listModels().filter(({ from, here }) => from === 'download' && here);
  return [...ownModelNames(), ...downloaded.map(({ name }) => name)];
}

async function problemOf(name: string): Promise<Problem> {
  try {
    await testModel(findModel(name));
    const entry = allDownloadable().find((one) => one.name === name);
    if (entry === undefined || installed(entry, modelCache())) return { problem: null };
    return { problem: 'made of another file than the one that is published now: pull it again' };
  } catch (error) {
    const hint = error instanceof FatalError ? error.hint : undefined;
    return { problem: messageOf(error), ...(hint && { hint }) };
  }
}
