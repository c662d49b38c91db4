import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import type { EmbeddedPictures } from '../../evaluation/embed-pictures.ts';
import { embedTruth } from '../../evaluation/embed-truth.ts';
import { groundTruthFromCsv, groundTruthFromFolders } from '../../evaluation/ground-truth.ts';
import { type BeforeAndAfter, type Figures, measureConsolidation } from '../../evaluation/metrics/measure.ts';
import type { SceneSummary } from '../../evaluation/metrics/scene-summary.ts';
import { type ArrivalOrderName, arrivalOrders } from '../../evaluation/replay/arrival-orders.ts';
import { sharedKeypoints } from '../../evaluation/replay/keypoint-matches.ts';
import type { GroupMatcherOptions } from '../../grouping/group-matcher.ts';
import { thresholdsOf } from '../../grouping/thresholds.ts';
import { messageOf } from '../../lib/errors.ts';
import { printable } from '../../lib/fs/byte-path.ts';
import { nodeFileSystem } from '../../lib/fs/file-system.ts';
import type { FeatureExtractor } from '../../vision/extractor.ts';
import { openExtractor, openKeypoints } from '../../vision/open.ts';
import { type CommonFlags, examples, print, printJson, settings, withGrouping } from '../flags.ts';
import { startProgress } from '../output/progress.ts';
import type { Result } from '../result.ts';

interface EvaluateFlags extends CommonFlags {
  readonly truth?: string;
  readonly seeds: number;
  readonly perScene?: boolean;
  readonly json?: boolean;
}

export function evaluateCommand(_: Result): Command {
  const command = new Command('evaluate')
    .description('Measure how well the current settings rebuild known groups.')
    .argument('<dir>', 'a sub-folder for each group; a sub-folder named "_…" holds singles')
    .option(
      '--truth <csv>',
      'take the groups from a CSV with columns file and group, perhaps seq or t_seconds',
    )
    .option('--seeds <count>', 'random arrivals of each kind to average over', wholeNumber, 20)
    .option('--per-scene', 'list the groups with errors, the most costly first')
    .option('-c, --config <file>', 'read the configuration from this file')
    .option('--json', 'print everything as one line of JSON')
    .addHelpText(
      'after',
      examples(
        'framesort evaluate ~/Scenes --per-scene',
        'framesort evaluate frames --truth groups.csv --strictness 0.95',
      ),
    )
    .action(evaluate);
  return withGrouping(command);
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text))
    throw new InvalidArgumentError('It must be a whole number from 1 to 9999.');
  return Number(text);
}

async function evaluate(folder: string, flags: EvaluateFlags): Promise<void> {
  const { config } = settings(flags);
  const truth = flags.truth
    ? groundTruthFromCsv(flags.truth, resolve(folder))
    : await groundTruthFromFolders(resolve(folder), nodeFileSystem);
  const extractor = await openExtractor(config);
  try {
    const embedded = await embedTruth(truth, extractor, startProgress);
    const options = {
      thresholds: thresholdsOf(config, extractor.model),
      neighboursMax: config.grouping.neighboursMax,
    };
    const seeds = Array.from({ length: flags.seeds }, (_, i) => i + 1);
    const figures = await measured(
      embedded,
      seeds,
      options,
      config.grouping.keypoints ? extractor : undefined,
    );
    const facts = { model: extractor.model.space.id, join: options.thresholds.join, ...factsOf(embedded) };
    if (flags.json) printJson({ ...facts, ...asJson(figures) });
    else describe(facts, figures, flags.perScene ?? false);
  } finally {
    await extractor.close();
  }
}

type Measured = readonly (readonly [ArrivalOrderName, BeforeAndAfter])[];

/** Uses keypoints if there is an extractor. */
async function measured(
  embedded: EmbeddedPictures,
  seeds: readonly number[],
  options: GroupMatcherOptions,
  extractor: FeatureExtractor | undefined,
): Promise<Measured> {
  const reader = extractor && openKeypoints();
  try {
    const shared =
      extractor &&
      reader &&
      sharedKeypoints(embedded.pictures, {
        extractor,
        files: nodeFileSystem,
        reader,
        onFailure,
      });
    const figures: (readonly [ArrivalOrderName, BeforeAndAfter])[] = [];
    for (const plan of orderNames)
      figures.push([plan, await measureConsolidation(embedded, plan, seeds, options, shared)]);
    return figures;
  } finally {
    await reader?.close();
  }
}

function onFailure(path: string, error: unknown): void {
  process.stderr.write(`no keypoints of ${printable(path)}: ${messageOf(error)}\n`);
}

function asJson(figures: Measured) {
  const arrived = figures.map(([plan, one]) => [plan, one.arrived] as const);
  const consolidated = figures.map(([plan, one]) => [plan, one.consolidated] as const);
  return { ...Object.fromEntries(arrived), consolidated: Object.fromEntries(consolidated) };
}

const orderNames = Object.keys(arrivalOrders) as ArrivalOrderName[];

type Facts = ReturnType<typeof factsOf> & { readonly model: string; readonly join: number };

function factsOf({ pictures, unreadable }: EmbeddedPictures) {
  const groups = new Set(pictures.map(({ group }) => group)).size;
  return { pictures: pictures.length, groups, unreadable: unreadable.length };
}

function describe(facts: Facts, figures: Measured, perScene: boolean): void {
  const { pictures, groups, model, join, unreadable } = facts;
  print(
    `${pictures} pictures in ${groups} true groups; model ${model}; a picture joins from ${join.toFixed(3)} on`,
  );
  if (unreadable > 0) print(`${unreadable} files could not be read and are left out`);
  print('');
  print(heads.map(({ title, width }) => title.padStart(width)).join('  '));
  for (const [plan, { arrived, consolidated }] of figures) {
    print(row(plan, arrived));
    print(row('  consolidated', consolidated));
  }
  if (perScene) for (const [plan, { arrived }] of figures) describeScenes(plan, arrived.scenes);
}

const three = (value: number) => value.toFixed(3);

/** Columns of the table, with their widths. */
const heads: readonly { title: string; width: number; cell: (figures: Figures) => string }[] = [
  { title: 'arrival', width: 14, cell: () => '' },
  { title: 'BCubed P', width: 8, cell: ({ mean }) => three(mean.bcubed.precision) },
  { title: 'R', width: 5, cell: ({ mean }) => three(mean.bcubed.recall) },
  { title: 'F1', width: 5, cell: ({ mean }) => three(mean.bcubed.f1) },
  { title: 'lowest–highest', width: 14, cell: ({ f1 }) => `${three(f1.low)}–${three(f1.high)}` },
  {
    title: '95 % interval',
    width: 13,
    cell: ({ f1Interval: { low, high } }) => `${three(low)}–${three(high)}`,
  },
  { title: 'others F1', width: 9, cell: ({ mean }) => three(mean.bcubedOthers.f1) },
  { title: 'pairs F1', width: 8, cell: ({ mean }) => three(mean.pairwise.f1) },
  { title: 'V', width: 5, cell: ({ mean }) => three(mean.vMeasure.v) },
  { title: 'ARI', width: 5, cell: ({ mean }) => three(mean.adjustedRand) },
  { title: 'to fix', width: 6, cell: ({ mean }) => mean.movesToFix.total.toFixed(1) },
  { title: 'groups', width: 6, cell: ({ mean }) => mean.groups.predicted.toFixed(1) },
];

function row(plan: string, figures: Figures): string {
  return heads
    .map(({ width, cell }, at) => (at === 0 ? plan.padEnd(width) : cell(figures).padStart(width)))
    .join('  ');
}

const namesMax = 3;

function describeScenes(plan: string, scenes: readonly SceneSummary[]): void {
  const broken = scenes.filter(({ f1 }) => f1 < 1);
  print(`\n${plan}: ${broken.length} of ${scenes.length} groups are not always rebuilt whole`);
  const width = Math.max(...broken.map(({ scene }) => String(scene).length), 5);
  if (broken.length > 0)
    print(`${'group'.padEnd(width)}  pictures      P      R     F1  pieces  shares a group with`);
  for (const { scene, pictures, precision, recall, f1, pieces, mergedWith } of broken) {
    const others = mergedWith.map(({ scene: other, runs }) => `${other} ${Math.round(100 * runs)} %`);
    const named = others.slice(0, namesMax).join(', ');
    const more = others.length > namesMax ? `, ${others.length - namesMax} more` : '';
    const cells = [three(precision), three(recall), three(f1)].map((cell) => cell.padStart(5)).join('  ');
    const size = String(pictures).padStart(8);
    print(
      `${String(scene).padEnd(width)}  ${size}  ${cells}  ${pieces.toFixed(1).padStart(6)}  ${named}${more}`,
    );
  }
}
