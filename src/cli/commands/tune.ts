import { resolve } from 'node:path';
import { Command } from 'commander';
import type { Config } from '../../config/options.ts';
import type { Calibration } from '../../domain/calibration.ts';
import { type EngineAt, scoresAt, tune } from '../../evaluation/calibration/tune.ts';
import type { EmbeddedPictures } from '../../evaluation/embed-pictures.ts';
import { embedTruth } from '../../evaluation/embed-truth.ts';
import {
  groundTruthFromCsv,
  groundTruthFromFolders,
  type TruePicture,
} from '../../evaluation/ground-truth.ts';
import type { Scores } from '../../evaluation/metrics/scores.ts';
import { sampleGroups } from '../../evaluation/sample.ts';
import type { GroupMatcherOptions } from '../../grouping/group-matcher.ts';
import { thresholdsOf } from '../../grouping/thresholds.ts';
import { exitCodes, FatalError } from '../../lib/errors.ts';
import { nodeFileSystem } from '../../lib/fs/file-system.ts';
import type { FeatureExtractor } from '../../vision/extractor.ts';
import { calibrationText } from '../../vision/models/calibration-file.ts';
import { openExtractor } from '../../vision/open.ts';
import { type CommonFlags, examples, print, printJson, settings, withGrouping } from '../flags.ts';
import { startProgress } from '../output/progress.ts';
import type { Result } from '../result.ts';

interface TuneFlags extends CommonFlags {
  readonly truth?: string;
  readonly out?: string;
  readonly json?: boolean;
}

export function tuneCommand(_: Result): Command {
  const command = new Command('tune')
    .description('Fit a calibration to groups of your own, for the wanted precision.')
    .argument('<dir>', 'a sub-folder for each group; a sub-folder named "_…" holds singles')
    .option(
      '--truth <csv>',
      'take the groups from a CSV with columns file and group, perhaps seq or t_seconds',
    )
    .option('-o, --out <file>', 'write the calibration to this file, for grouping.calibration')
    .option('-c, --config <file>', 'read the configuration from this file')
    .option('--json', 'print one line of JSON')
    .addHelpText(
      'after',
      examples(
        'framesort tune ~/Scenes --out calibration.json',
        'framesort tune ~/Scenes --strictness 0.98 --model ./model.json --out calibration.json',
      ),
    )
    .action(run);
  return withGrouping(command);
}

/** Fitting takes quadratic time, and more pictures would improve the fit little. */
const picturesMax = 1_000;

async function run(folder: string, flags: TuneFlags): Promise<void> {
  const { config } = settings(flags);
  const truth = flags.truth
    ? groundTruthFromCsv(flags.truth, resolve(folder))
    : await groundTruthFromFolders(resolve(folder), nodeFileSystem);
  const extractor = await openExtractor(config);
  try {
    const embedded = await embedTruth(sampleGroups(truth, picturesMax), extractor, startProgress);
    checkTruth(embedded.pictures, folder);
    const engineAt: EngineAt = (fitted, join) => engine(config, extractor, fitted, { joinSimilarity: join });
    const calibration = await tune(embedded, engineAt, extractor.model.calibration?.crowding);
    const outcomes: Outcome[] = [];
    for (const strictness of strictnesses(config))
      outcomes.push(await outcome(embedded, config, extractor, calibration, strictness));
    const result = { space: extractor.model.space.id, calibration, ...counts(truth, embedded), outcomes };
    if (flags.json) printJson(result);
    else describe(result);
    refuseWhatCannotBeSeparated(outcomes, config.grouping.strictness);
    if (flags.out !== undefined) await write(resolve(flags.out), result.space, calibration);
  } finally {
    await extractor.close();
  }
}

function engine(
  config: Config,
  { model }: FeatureExtractor,
  calibration: Calibration,
  grouping: Partial<Config['grouping']>,
): GroupMatcherOptions {
  const tuned = { ...config, grouping: { ...config.grouping, joinSimilarity: null, ...grouping } };
  return {
    thresholds: thresholdsOf(tuned, { ...model, calibration }),
    neighboursMax: config.grouping.neighboursMax,
  };
}

/** Returns the wanted strictness among common values. */
function strictnesses({ grouping }: Config): number[] {
  return [...new Set([0.8, 0.9, 0.95, 0.98, 0.99, grouping.strictness])].sort((a, b) => a - b);
}

interface Outcome {
  readonly strictness: number;
  readonly join: number;
  /** Share of right joins among all joins; the minimum over the arrival orders. */
  readonly precision: number;
  /** Share of found pairs among the pictures of a scene; the minimum over the arrival orders. */
  readonly recall: number;
  readonly f1: number;
  readonly groups: number;
}

async function outcome(
  embedded: EmbeddedPictures,
  config: Config,
  extractor: FeatureExtractor,
  calibration: Calibration,
  strictness: number,
): Promise<Outcome> {
  const options = engine(config, extractor, calibration, { strictness });
  const scores = await scoresAt(embedded, options);
  const least = (figure: (one: Scores) => number) => Math.min(...scores.map(figure));
  return {
    strictness,
    join: options.thresholds.join,
    precision: least(({ bcubedOthers }) => bcubedOthers.precision),
    recall: least(({ bcubedOthers }) => bcubedOthers.recall),
    f1: least(({ bcubed }) => bcubed.f1),
    groups: Math.round(scores[0]?.groups.predicted ?? 0),
  };
}

function counts(truth: readonly TruePicture[], { pictures, unreadable }: EmbeddedPictures) {
  const groups = new Set(pictures.map(({ group }) => group)).size;
  return { found: truth.length, pictures: pictures.length, groups, unreadable: unreadable.length };
}

function checkTruth(pictures: readonly TruePicture[], folder: string): void {
  const sizes = new Map<string, number>();
  for (const { group } of pictures) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  if (sizes.size >= groupsMin && [...sizes.values()].some((size) => size > 1)) return;
  throw new FatalError(
    `tune to ${folder}: ${sizes.size} groups with ${pictures.length} pictures tell nothing`,
    {
      hint: 'Give at least two groups, one of them with several pictures; tens of groups give figures to rely on.',
      exitCode: exitCodes.usage,
    },
  );
}

const groupsMin = 2;

type Described = ReturnType<typeof counts> & {
  readonly space: string;
  readonly outcomes: readonly Outcome[];
};

function describe({ found, pictures, groups, unreadable, space, outcomes }: Described): void {
  print(`${pictures} pictures in ${groups} groups; model ${space}`);
  if (unreadable > 0) print(`${unreadable} files could not be read and are left out`);
  if (found > pictures + unreadable) print(`of ${found} pictures, whole groups were drawn by chance`);
  print('\nstrictness  joins from  precision  recall     F1  groups');
  for (const { strictness, join, precision, recall, f1, groups: made } of outcomes) {
    const cells = [
      String(strictness).padStart(10),
      join.toFixed(3).padStart(10),
      precision.toFixed(3).padStart(9),
      recall.toFixed(3).padStart(6),
      f1.toFixed(3).padStart(5),
      String(made).padStart(6),
    ];
    print(cells.join('  '));
  }
  print('\nmeasured without keypoints; with them "framesort evaluate" measures, as the daemon files');
}

/** Without joins the precision is 1. Below this recall the result counts as no joins. */
const recallMin = 0.1;
const tolerance = 0.01;

function refuseWhatCannotBeSeparated(outcomes: readonly Outcome[], strictness: number): void {
  const wanted = outcomes.find((one) => one.strictness === strictness);
  if (wanted === undefined) return;
  const { precision, recall } = wanted;
  if (precision >= strictness - tolerance && recall >= recallMin) return;
  const reached = `it reaches ${precision.toFixed(3)}, and ${(100 * recall).toFixed(0)} % of what belongs together is found`;
  throw new FatalError(
    `tune to a precision of ${strictness}: this model can't separate these groups; ${reached}`,
    {
      hint: 'Lower --strictness, try another --model, or check the groups ("framesort evaluate --per-scene").',
    },
  );
}

async function write(path: string, space: string, calibration: Calibration): Promise<void> {
  await nodeFileSystem.write(path, calibrationText(space, calibration));
  process.stderr.write(`written; to use it, set grouping.calibration to ${path}\n`);
}
