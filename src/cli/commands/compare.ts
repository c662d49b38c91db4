import { resolve } from 'node:path';
import { Command } from 'commander';
import type { Config } from '../../config/options.ts';
import { inliersMin } from '../../domain/assignment/keypoint-evidence.ts';
import {
  allPairsMax,
  type Comparison,
  compareEmbedders,
  compareKeypoints,
  keypointNeighbours,
  picturesToCompare,
} from '../../evaluation/compare/compare-embedders.ts';
import type { ComparedEmbedder } from '../../evaluation/compare/compare-methods.ts';
import { exitCodes, FatalError } from '../../lib/errors.ts';
import { printable } from '../../lib/fs/byte-path.ts';
import { comparisonPage } from '../../report/comparison-page.ts';
import { checkTarget, writePage } from '../../report/write-page.ts';
import { type CommonFlags, examples, print, printJson, settings } from '../flags.ts';
import { calibrationLine, comparisonLines } from '../output/comparison.ts';
import { startProgress } from '../output/progress.ts';
import type { Result } from '../result.ts';

interface CompareFlags extends CommonFlags {
  readonly truth?: string;
  readonly embedders: string;
  readonly html?: string;
  readonly json?: boolean;
}

export function compareCommand(_: Result): Command {
  return new Command('compare')
    .description('Compare embedders and ways of grouping on a folder.')
    .argument('<dir>', 'pictures, in sub-folders too')
    .option('--truth <csv|folders>', 'the true groups: a CSV with columns file and group, or the sub-folders')
    .option(
      '--embedders <names>',
      'names or model.json files, or keypoints, with commas between',
      'builtin,classical,histogram',
    )
    .option('-c, --config <file>', 'read the configuration from this file')
    .option('--strictness <0..1>', 'the wanted share of right joins')
    .option('--html <file>', 'also write an HTML page: a single file without network requests')
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
  const names = flags.embedders.split(',').map((name) => name.trim());
  if (flags.html !== undefined && names.includes(keypoints)) throw refuseKeypointsOnPage();
  if (flags.html !== undefined) await checkTarget(flags.html);
  const pictures = await picturesToCompare(resolve(folder), flags.truth);
  const hasTruth = flags.truth !== undefined;
  const models = names.filter((name) => name !== keypoints);
  const configs = models.map((model) => settings({ ...flags, model }).config);
  const comparison = await compareEmbedders(configs, pictures, hasTruth, startProgress);
  const compared = comparison.seen.map(({ figures }) => figures);
  if (names.includes(keypoints)) {
    const { config } = settings({ ...flags, model: 'builtin' });
    const leftOut = new Set(comparison.leftOut.map(({ path }) => path));
    const equal = pictures.filter(({ path }) => !leftOut.has(path));
    compared.push(await compareKeypoints(config, equal, hasTruth));
  }
  if (flags.html !== undefined) {
    const { config } = settings(flags);
    await writePage(
      flags.html,
      await comparisonPage(resolve(folder), comparison, hasTruth, config, startProgress),
    );
  }
  show(compared, comparison.leftOut, settings(flags).config, flags);
}

/** Not a model: keypoints found in both pictures. */
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

function show(
  compared: readonly ComparedEmbedder[],
  leftOut: Comparison['leftOut'],
  { grouping }: Config,
  { json, truth, html }: CompareFlags,
): void {
  if (json) return printJson(compared.map((one) => ({ ...one, leftOut })));
  for (const line of comparisonLines(compared, leftOut)) print(line);
  if (grouping.calibration !== null) print(calibrationLine(compared));
  print(
    truth === undefined
      ? 'All ways of grouping have the threshold of the engine. The engine runs without keypoints here.'
      : 'The engine is as configured, without keypoints; the other ways have their best threshold on these pictures.',
  );
  for (const one of compared) if (one.name === keypoints) print(keypointsLine(one.pictures));
  if (html !== undefined) print(`open ${printable(resolve(html))}`);
}
