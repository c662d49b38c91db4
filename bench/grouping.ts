import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../src/config/load.ts';
import type { Config } from '../src/config/options.ts';
import { SimilarityMatrix } from '../src/domain/similarity/similarity-matrix.ts';
import { type EmbeddedPictures, embedPictures } from '../src/evaluation/embed-pictures.ts';
import type { TruePicture } from '../src/evaluation/ground-truth.ts';
import {
  type BeforeAndAfter,
  type Figures,
  measureConsolidation,
  measurePlan,
} from '../src/evaluation/metrics/measure.ts';
import { type ArrivalOrderName, arrivalOrders } from '../src/evaluation/replay/arrival-orders.ts';
import { sharedKeypoints } from '../src/evaluation/replay/keypoint-matches.ts';
import type { GroupMatcherOptions } from '../src/grouping/group-matcher.ts';
import { thresholdsOf } from '../src/grouping/thresholds.ts';
import { nodeFileSystem } from '../src/lib/fs/file-system.ts';
import type { FeatureExtractor } from '../src/vision/extractor.ts';
import type { Model } from '../src/vision/models/descriptor.ts';
import { openExtractor, openKeypoints } from '../src/vision/open.ts';
import { type OfflineName, type Oracle, offlineOracles, onlineOracle } from './clustering/oracle.ts';
import { printTable } from './table.ts';
import { teacherModels } from './teachers.ts';
import { truePictures } from './true-pictures.ts';

interface Options {
  readonly model?: readonly string[];
  readonly truth?: string | undefined;
  readonly only?: string | undefined;
}

const seeds = Array.from({ length: 20 }, (_, i) => i + 1);
const planNames = Object.keys(arrivalOrders) as ArrivalOrderName[];

/**
 * Compares the engine as configured with oracles on these pictures: offline clusterings, and plain online
 * nearest neighbour.
 */
export async function grouping({ model = [], truth, only = '' }: Options) {
  const work = mkdtempSync(join(tmpdir(), 'framesort-bench-'));
  try {
    const pictures = await truePictures(truth, work);
    const groups = new Set(pictures.map(({ group }) => group)).size;
    process.stdout.write(`${pictures.length} pictures in ${groups} true groups\n`);
    const embedders = [];
    for (const name of ['builtin', ...teacherModels(work), ...model])
      if (name.includes(only)) embedders.push(await measureEmbedder(name, pictures));
    return { pictures: pictures.length, groups, embedders };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function measureEmbedder(model: string, pictures: readonly TruePicture[]) {
  const { config } = loadConfig({ flags: { 'embed.model': model }, environment: process.env });
  const extractor = await openExtractor(config);
  try {
    const embedded = await embedPictures(pictures, extractor, nodeFileSystem);
    const near = new SimilarityMatrix(embedded.embeddings);
    const offline = offlineOracles(
      near,
      embedded.pictures.map(({ group }) => group),
    );
    const options = engine(config, extractor.model);
    const online: Row[] = [];
    for (const plan of planNames) {
      const oracle = onlineOracle(near, embedded.pictures, plan, seeds);
      const { arrived, consolidated } = await measureConsolidation(embedded, plan, seeds, options);
      online.push({ plan, oracle, engine: arrived, consolidated });
    }
    const seeing = await withKeypoints(embedded, extractor, options);
    print(extractor.model.space.id, embedded, offline, online);
    const strict: StrictnessResult[] = [];
    for (const strictness of strictnesses)
      strict.push(await measureStrictness(strictness, embedded, config, extractor.model));
    printSeeing(online, seeing);
    printWishes(strict);
    return { embedder: extractor.model.space.id, offline, online, seeing, strict };
  } finally {
    await extractor.close();
  }
}

/** Measures the current engine with keypoints, for each order of arrival. */
async function withKeypoints(
  embedded: EmbeddedPictures,
  extractor: FeatureExtractor,
  options: GroupMatcherOptions,
) {
  const reader = openKeypoints();
  const shared = sharedKeypoints(embedded.pictures, { extractor, files: nodeFileSystem, reader });
  const figures: BeforeAndAfter[] = [];
  for (const plan of planNames)
    figures.push(await measureConsolidation(embedded, plan, seeds, options, shared));
  await reader.close();
  return figures;
}

function printSeeing(online: readonly Row[], seeing: readonly BeforeAndAfter[]): void {
  process.stdout.write('\n');
  const row = (name: string, without: Figures, withThem: Figures) => {
    const [one, other] = [without.mean.bcubed, withThem.mean.bcubed];
    const { f1, precision, recall } = one;
    return [name, ...[f1, other.f1, precision, other.precision, recall, other.recall].map(four)];
  };
  printTable(
    ['keypoints', 'F1 without', 'with', 'P without', 'with', 'R without', 'with'],
    online.flatMap(({ plan, engine, consolidated }, at) => {
      const seen = seeing[at] as BeforeAndAfter;
      return [row(plan, engine, seen.arrived), row(`${plan}, consolidated`, consolidated, seen.consolidated)];
    }),
  );
}

const four = (value: number) => value.toFixed(4);

function engine(config: Config, model: Model): GroupMatcherOptions {
  return { thresholds: thresholdsOf(config, model), neighboursMax: config.grouping.neighboursMax };
}

interface Row {
  readonly plan: ArrivalOrderName;
  /** Plain online nearest neighbour with its best threshold for this order. */
  readonly oracle: Oracle;
  readonly engine: Figures;
  /** The engine, consolidated after the last arrival. */
  readonly consolidated: Figures;
}

const strictnesses = [0.9, 0.95, 0.99];

/** Results for a configured strictness, for each order of arrival, over fewer seeds. */
interface StrictnessResult {
  readonly strictness: number;
  readonly join: number;
  readonly figures: readonly Figures[];
}

async function measureStrictness(
  strictness: number,
  embedded: EmbeddedPictures,
  config: Config,
  model: Model,
): Promise<StrictnessResult> {
  const options = engine({ ...config, grouping: { ...config.grouping, strictness } }, model);
  const figures: Figures[] = [];
  for (const plan of planNames) figures.push(await measurePlan(embedded, plan, seeds.slice(0, 5), options));
  return { strictness, join: options.thresholds.join, figures };
}

/** Returns the relative reduction of the oracle's 1 − F1. */
function errorFall(oracle: Oracle, engine: Pick<Figures, 'mean'>): number {
  return 1 - (1 - engine.mean.bcubed.f1) / (1 - oracle.f1);
}

const three = (value: number) => value.toFixed(3);

function print(
  embedder: string,
  { embeddings }: EmbeddedPictures,
  offline: Readonly<Record<OfflineName, Oracle>>,
  online: readonly Row[],
): void {
  process.stdout.write(`\n## ${embedder}, ${embeddings[0]?.length ?? 0} dimensions\n\n`);
  const oracleRows = Object.entries(offline).map(([name, { precision, recall, f1, settings }]) => [
    `offline, oracle: ${name}`,
    ...[f1, precision, recall].map(three),
    settings,
  ]);
  const plainRows = online.map(({ plan, oracle: { precision, recall, f1, settings } }) => [
    `nearest neighbour, oracle: ${plan}`,
    ...[f1, precision, recall].map(three),
    settings,
  ]);
  printTable(['', 'F1', 'P', 'R', 'settings'], [...oracleRows, ...plainRows]);
  process.stdout.write('\n');
  const bound = Math.max(...Object.values(offline).map(({ f1 }) => f1));
  printTable(
    ['engine', 'F1', 'lowest–highest', 'P', 'R', 'groups', 'to fix', 'to offline', 'error falls by'],
    online.flatMap(({ plan, oracle, engine, consolidated }) => [
      engineRow(plan, engine, oracle, bound),
      engineRow(`${plan}, consolidated`, consolidated, oracle, bound),
    ]),
  );
}

function engineRow(name: string, { mean, f1 }: Figures, oracle: Oracle, bound: number): string[] {
  const away = mean.bcubed.f1 - bound;
  return [
    name,
    three(mean.bcubed.f1),
    `${three(f1.low)}–${three(f1.high)}`,
    three(mean.bcubed.precision),
    three(mean.bcubed.recall),
    mean.groups.predicted.toFixed(1),
    mean.movesToFix.total.toFixed(1),
    `${away < 0 ? '−' : '+'}${three(Math.abs(away))}`,
    `${(100 * errorFall(oracle, { mean })).toFixed(0)} %`,
  ];
}

function printWishes(strict: readonly StrictnessResult[]): void {
  process.stdout.write('\n');
  printTable(
    ['strictness', 'joins from', ...planNames.flatMap((plan) => [`${plan} P`, 'F1'])],
    strict.map(({ strictness, join, figures }) => [
      strictness.toFixed(2),
      three(join),
      ...figures.flatMap(({ mean: { bcubed } }) => [three(bcubed.precision), three(bcubed.f1)]),
    ]),
  );
}
