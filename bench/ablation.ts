import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../src/config/load.ts';
import { SimilarityMatrix } from '../src/domain/similarity/similarity-matrix.ts';
import {
  bestCommonThreshold,
  nearestPredecessors,
} from '../src/evaluation/clustering/threshold-clustering.ts';
import { type EmbeddedPictures, embedPictures } from '../src/evaluation/embed-pictures.ts';
import type { TruePicture } from '../src/evaluation/ground-truth.ts';
import { type Figures, measure } from '../src/evaluation/metrics/measure.ts';
import { type ArrivalOrderName, arrivalOrders } from '../src/evaluation/replay/arrival-orders.ts';
import { sharedKeypoints } from '../src/evaluation/replay/keypoint-matches.ts';
import { type InliersOf, labelsOf, replay } from '../src/evaluation/replay/replay.ts';
import { consolidatedLabels } from '../src/evaluation/replay/replay-consolidation.ts';
import { thresholdsOf } from '../src/grouping/thresholds.ts';
import { nodeFileSystem } from '../src/lib/fs/file-system.ts';
import { openExtractor, openKeypoints } from '../src/vision/open.ts';
import { decidingCosts } from './deciding-costs.ts';
import { type Engine, enginesWithout } from './engine-parts.ts';
import { filmTruth } from './film-truth.ts';
import { printTable } from './table.ts';
import { teacherModels } from './teachers.ts';
import { truePictures } from './true-pictures.ts';

interface Options {
  readonly truth?: string | undefined;
  readonly only?: string | undefined;
  readonly sizes?: string;
}

/**
 * Seeds per order of arrival; more for orders where seeds are the only variation. All take a quarter of an
 * hour on an idle machine.
 */
const seedsOf: Readonly<Record<ArrivalOrderName, number>> = { shuffled: 6, film: 4, interleaved: 4 };
const planNames = Object.keys(arrivalOrders) as ArrivalOrderName[];

/** Measures gain and cost of each part: the engine without the part, on equal pictures in equal orders. */
export async function ablation({ truth, only = '', sizes = '10000,100000' }: Options) {
  const work = mkdtempSync(join(tmpdir(), 'framesort-bench-'));
  try {
    const sets = await pictureSets(truth, work);
    const embedders = [];
    for (const model of ['builtin', 'histogram', ...teacherModels(work)].filter((name) =>
      name.includes(only),
    ))
      for (const [set, pictures] of sets)
        embedders.push({ set, ...(await measureEmbedder(model, set, pictures)) });
    const filled = sizes
      .split(',')
      .map(Number)
      .filter((frames) => frames > 0 && frames <= framesMax);
    return { embedders, costs: filled.length === 0 ? [] : await decidingCosts(filled) };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const framesMax = 100_000;

/** The pictures of the other benches, and a drawn film. */
async function pictureSets(truth: string | undefined, work: string): Promise<[string, TruePicture[]][]> {
  const [known, drawn] = [
    await truePictures(truth, join(work, 'known')),
    await filmTruth(join(work, 'film')),
  ];
  return [
    ['scenes', known],
    ['drawn film', drawn],
  ];
}

interface Row {
  readonly engine: string;
  readonly figures: Readonly<Record<ArrivalOrderName, Figures>>;
  readonly seconds: number;
}

async function measureEmbedder(model: string, set: string, pictures: readonly TruePicture[]) {
  const { config } = loadConfig({ flags: { 'embed.model': model }, environment: process.env });
  const extractor = await openExtractor(config);
  const reader = openKeypoints();
  try {
    const embedded = await embedPictures(pictures, extractor, nodeFileSystem);
    const shared = sharedKeypoints(embedded.pictures, {
      extractor,
      files: nodeFileSystem,
      reader,
    });
    const usual = {
      thresholds: thresholdsOf(config, extractor.model),
      neighboursMax: config.grouping.neighboursMax,
    };
    const rows: Row[] = [];
    for (const engine of enginesWithout(usual, oracleJoin(embedded)))
      rows.push(await measureEngine(engine, embedded, shared));
    print(`${extractor.model.descriptor.name}, ${set}`, rows);
    return { embedder: extractor.model.space.id, rows };
  } finally {
    await Promise.all([reader.close(), extractor.close()]);
  }
}

/** The best threshold for plain nearest neighbours on these pictures, shuffled. */
function oracleJoin({ pictures, embeddings }: EmbeddedPictures): number {
  const near = new SimilarityMatrix(embeddings);
  const links = [1, 2, 3, 4, 5].map((seed) => {
    const order = arrivalOrders.shuffled(pictures, seed).map(({ picture }) => picture);
    return nearestPredecessors(near, order);
  });
  return bestCommonThreshold(
    links,
    pictures.map(({ group }) => group),
  ).threshold;
}

async function measureEngine(engine: Engine, embedded: EmbeddedPictures, shared: InliersOf): Promise<Row> {
  const startedMs = performance.now();
  const measured: (readonly [ArrivalOrderName, Figures])[] = [];
  for (const plan of planNames) measured.push([plan, await measureArrivals(engine, embedded, plan, shared)]);
  const figures = Object.fromEntries(measured) as Record<ArrivalOrderName, Figures>;
  return { engine: engine.name, figures, seconds: (performance.now() - startedMs) / 1000 };
}

async function measureArrivals(
  { options, keypoints, consolidation }: Engine,
  { pictures, embeddings }: EmbeddedPictures,
  plan: ArrivalOrderName,
  shared: InliersOf,
): Promise<Figures> {
  const groupings: number[][] = [];
  for (let seed = 1; seed <= seedsOf[plan]; seed++) {
    const arrivals = arrivalOrders[plan](pictures, seed);
    const inliersOf = keypoints ? shared : undefined;
    const decided = await replay(arrivals, embeddings, options, inliersOf);
    groupings.push(
      consolidation ? await consolidatedLabels(decided, options.thresholds, inliersOf) : labelsOf(decided),
    );
  }
  return measure(
    pictures.map(({ group }) => group),
    groupings,
  );
}

function print(title: string, rows: readonly Row[]): void {
  process.stdout.write(`\n## ${title}\n\n`);
  printTable(
    ['engine', ...planNames.flatMap((plan) => [`${plan} P`, 'R', 'F1', 'spread'])],
    rows.map(({ engine, figures, seconds }) => [
      engine,
      ...planNames.flatMap((plan) => cells(figures[plan])),
      seconds.toFixed(1),
    ]),
  );
}

function cells({ mean: { bcubed }, f1 }: Figures): string[] {
  return [bcubed.precision, bcubed.recall, bcubed.f1, f1.high - f1.low].map((value) => value.toFixed(4));
}
