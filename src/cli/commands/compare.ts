import { resolve } from 'node:path';
import { Command } from 'commander';
import { inliersMin } from '../../domain/keypoint-evidence.ts';
import type { ComparedEmbedder } from '../../evaluate/compare.ts';
import { printable } from '../../lib/byte-path.ts';
import { exitCodes, FatalError } from '../../lib/errors.ts';
import type { Seen } from '../../report/comparison-data.ts';
import { checkPlace, writePage } from '../../report/write-page.ts';
import {
  allPairsMax,
  compareEmbedder,
  compareKeypoints,
  keypointNeighbours,
  picturesToCompare,
} from '../comparison.ts';
import { comparisonPage } from '../comparison-page.ts';
import { comparisonLines } from '../comparison-text.ts';
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
      'names or model.json files, or keypoints, with commas between',
      'builtin,classical,histogram',
    )
    .option('-c, --config <file>', 'read the configuration from this file')
    .option('--strictness <0..1>', 'the share of joins that should be right')
    .option('--html <file>', 'write a page to look at, too; one file that needs no network')
    .option('--json', 'print everything as one line of JSON')
    .addHelpText(
      'after',
      examples(
        'framesort compare ~/Frames',
        'framesort compare ~/Scenes --truth folders --embedders builtin,resnet50',
      ),
    )
    .action(compare);
}

async function compare(folder: string, flags: CompareFlags): Promise<void> {
  const names = flags.embedders.split(',');
  if (flags.html !== undefined && names.includes(keypoints)) throw refuseKeypointsOnPage();
  if (flags.html !== undefined) await checkPlace(flags.html);
  const pictures = await picturesToCompare(resolve(folder), flags.truth);
  const hasTruth = flags.truth !== undefined;
  const seen: Seen[] = [];
  const compared: ComparedEmbedder[] = [];
  for (const name of names) {
    const isKeypoints = name === keypoints;
    const { config } = settings({ ...flags, model: isKeypoints ? 'builtin' : name });
    if (isKeypoints) {
      compared.push(await compareKeypoints(config, pictures, hasTruth));
      continue;
    }
    const one = await compareEmbedder(config, pictures, hasTruth);
    compared.push(one.figures);
    seen.push(one);
  }
  if (flags.html !== undefined) {
    const { config } = settings(flags);
    await writePage(flags.html, await comparisonPage(resolve(folder), seen, hasTruth, config));
  }
  show(compared, flags);
}

/** No model: what two pictures have in common, found in both. */
const keypoints = 'keypoints';

function refuseKeypointsOnPage(): FatalError {
  return new FatalError('compare: keypoints have no vectors, and the page shows maps and curves of vectors', {
    hint: 'Leave out --html, or keypoints from --embedders.',
    exitCode: exitCodes.usage,
  });
}

function keypointsLine(pictures: number): string {
  const nearest = `each picture was compared with the ${keypointNeighbours} nearest by builtin; all others count 0`;
  const how = pictures > allPairsMax ? nearest : 'every two pictures were compared';
  return `keypoints (0.5: ${inliersMin} points agree): ${how}. They have no vectors, so neither engine nor centroid.`;
}

function show(compared: readonly ComparedEmbedder[], { json, truth, html }: CompareFlags): void {
  if (json) return printJson(compared);
  for (const line of comparisonLines(compared)) print(line);
  print(
    truth === undefined
      ? 'All ways of grouping have the threshold of the engine.'
      : 'The engine is as configured; the other ways have the threshold that is best on these very pictures.',
  );
  for (const one of compared) if (one.name === keypoints) print(keypointsLine(one.pictures));
  if (html !== undefined) print(`open ${printable(resolve(html))}`);
}
