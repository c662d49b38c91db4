import { resolve } from 'node:path';
import { Command } from 'commander';
import type { Config } from '../../config/options.ts';
import { printable } from '../../lib/byte-path.ts';
import { checkPlace, writePage } from '../../report/write-page.ts';
import { type Comparison, compareEmbedders, picturesToCompare } from '../comparison.ts';
import { comparisonPage } from '../comparison-page.ts';
import { calibrationLine, comparisonLines } from '../comparison-text.ts';
import type { Result } from '../result.ts';
import { type CommonFlags, examples, print, printJson, settings } from '../settings.ts';

interface CompareFlags extends CommonFlags {
  readonly truth?: string;
  readonly embedders: string;
  readonly html?: string;
  readonly json?: boolean;
}

export function compareCommand(_: Result): Command {
  return new Command('compare')
    .description('Several embedders and ways of grouping side by side on one folder.')
    .argument('<dir>', 'pictures, in sub-folders too')
    .option('--truth <csv|folders>', 'the true groups: a CSV with columns file and group, or the sub-folders')
    .option(
      '--embedders <names>',
      'names or model.json files, with commas between',
      'builtin,classical,histogram',
    )
    .option('-c, --config <file>', 'read the configuration from this file')
    .option('--strictness <0..1>', 'the share of joins that should be right')
    .option('--html <file>', 'write a page to look at, too; one file that needs no network')
    .option('--json', 'print everything as one line of JSON')
    .addHelpText(
      'after',
      `\nAll embedders are compared on the same pictures: those that each of them could read. values: numbers in a vector; ms
each: milliseconds to decode and embed a picture, all cores together; MB: memory by which the program grew (the first
embedder brings the runtime with it); from: the similarity from which on pictures are put together; to fix: pictures that
a person would have to move. A model without calibration needs --truth, or grouping.joinSimilarity.\n${examples(
        'framesort compare ~/Frames',
        'framesort compare ~/Scenes --truth folders --embedders builtin,resnet50 --html out.html',
      )}`,
    )
    .action(compare);
}

async function compare(folder: string, flags: CompareFlags): Promise<void> {
  if (flags.html !== undefined) await checkPlace(flags.html);
  const pictures = await picturesToCompare(resolve(folder), flags.truth);
  const hasTruth = flags.truth !== undefined;
  const names = flags.embedders.split(',').map((name) => name.trim());
  const configs = names.map((model) => settings({ ...flags, model }).config);
  const comparison = await compareEmbedders(configs, pictures, hasTruth);
  if (flags.html !== undefined) {
    const { config } = settings(flags);
    await writePage(flags.html, await comparisonPage(resolve(folder), comparison, hasTruth, config));
  }
  show(comparison, settings(flags).config, flags);
}

function show(comparison: Comparison, { grouping }: Config, { json, truth, html }: CompareFlags): void {
  const compared = comparison.seen.map(({ figures }) => figures);
  if (json) return printJson(compared.map((one) => ({ ...one, leftOut: comparison.leftOut })));
  for (const line of comparisonLines(compared, comparison.leftOut)) print(line);
  if (grouping.calibration !== null) print(calibrationLine(compared));
  print(
    truth === undefined
      ? 'All ways of grouping have the threshold of the engine.'
      : 'The engine is as configured; the other ways have the threshold that is best on these very pictures.',
  );
  if (html !== undefined) print(`open ${printable(resolve(html))}`);
}
