import { resolve } from 'node:path';
import { Command } from 'commander';
import { type PlanName, plans } from '../../evaluate/arrivals.ts';
import { type Embedded, embedPictures, meanScores, scorePlan } from '../../evaluate/evaluate.ts';
import { truthFromCsv, truthFromFolders } from '../../evaluate/truth.ts';
import { realFiles } from '../../lib/files.ts';
import { limitsOf, openEyes } from '../../workshop.ts';
import type { Result } from '../result.ts';
import { type CommonFlags, examples, print, printJson, settings, withGrouping } from '../settings.ts';

interface EvaluateFlags extends CommonFlags {
  readonly truth?: string;
  readonly seeds: string;
  readonly json?: boolean;
}

export function evaluateCommand(_: Result): Command {
  const command = new Command('evaluate')
    .description('Measure how well the current settings rebuild known groups.')
    .argument('<dir>', 'one sub-folder for each group; one whose name starts with "_" holds singles')
    .option(
      '--truth <csv>',
      'take the groups from a CSV with columns file and group, perhaps seq or t_seconds',
    )
    .option('--seeds <count>', 'random orders of arrival to average over', '20')
    .option('-c, --config <file>', 'read the configuration from this file')
    .option('--json', 'print one line of JSON')
    .addHelpText(
      'after',
      examples(
        'framesort evaluate ~/Scenes',
        'framesort evaluate frames --truth groups.csv --strictness 0.95',
      ),
    )
    .action(evaluate);
  return withGrouping(command);
}

async function evaluate(folder: string, flags: EvaluateFlags): Promise<void> {
  const { config } = settings(flags);
  const truth = flags.truth
    ? truthFromCsv(flags.truth, resolve(folder))
    : await truthFromFolders(resolve(folder), realFiles);
  const eyes = await openEyes(config);
  try {
    const embedded = await embedPictures(truth, eyes, realFiles);
    const options = { limits: limitsOf(config, eyes.model), neighboursMax: config.grouping.neighboursMax };
    const seeds = Array.from({ length: Number(flags.seeds) }, (_, i) => i + 1);
    const figures = Object.fromEntries(
      planNames.map((plan) => [plan, meanScores(scorePlan(embedded, plan, seeds, options))]),
    ) as Figures;
    if (flags.json)
      printJson({ model: eyes.model.space.id, join: options.limits.join, ...facts(embedded), ...figures });
    else describe(embedded, eyes.model.space.id, options.limits.join, figures);
  } finally {
    await eyes.embedder.close();
  }
}

const planNames = Object.keys(plans) as PlanName[];

type Figures = Record<PlanName, ReturnType<typeof meanScores>>;

function describe(embedded: Embedded, model: string, join: number, figures: Figures): void {
  const { pictures, groups, unreadable } = facts(embedded);
  print(
    `${pictures} pictures in ${groups} true groups; model ${model}; a picture joins from ${join.toFixed(3)} on`,
  );
  if (unreadable > 0) print(`${unreadable} files could not be read and are left out`);
  print('');
  print('arrival       BCubed P      R     F1  (lowest–highest)  pairs F1  V-meas.    ARI  to fix  groups');
  for (const [name, one] of Object.entries(figures)) print(row(name, one));
}

function row(name: string, one: ReturnType<typeof meanScores>): string {
  const three = (value: number) => value.toFixed(3);
  const range = `(${three(one.f1Lowest)}–${three(one.f1Highest)})`;
  return [
    name.padEnd(13),
    three(one.precision).padStart(9),
    three(one.recall).padStart(6),
    three(one.f1).padStart(6),
    ` ${range.padEnd(16)}`,
    three(one.pairwiseF1).padStart(9),
    three(one.vMeasure).padStart(8),
    three(one.adjustedRand).padStart(6),
    one.fixes.toFixed(1).padStart(7),
    one.groups.toFixed(1).padStart(7),
  ].join(' ');
}

function facts({ pictures, unreadable }: Embedded) {
  const groups = new Set(pictures.map(({ group }) => group)).size;
  return { pictures: pictures.length, groups, unreadable: unreadable.length };
}
