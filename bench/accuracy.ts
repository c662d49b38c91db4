import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../src/config/load.ts';
import { SimilarityMatrix } from '../src/domain/similarity/similarity-matrix.ts';
import { type EmbeddedPictures, embedPictures } from '../src/evaluation/embed-pictures.ts';
import type { TruePicture } from '../src/evaluation/ground-truth.ts';
import { meanAveragePrecision } from '../src/evaluation/metrics/average-precision.ts';
import { type Figures, measureConsolidation } from '../src/evaluation/metrics/measure.ts';
import { thresholdsOf } from '../src/grouping/thresholds.ts';
import { nodeFileSystem } from '../src/lib/fs/file-system.ts';
import { openExtractor } from '../src/vision/open.ts';
import { onlineOracle } from './clustering/oracle.ts';
import { printTable } from './table.ts';
import { teacherModels } from './teachers.ts';
import { truePictures } from './true-pictures.ts';

interface Options {
  readonly model?: readonly string[];
  readonly truth?: string | undefined;
}

const seeds = Array.from({ length: 20 }, (_, i) => i + 1);

/**
 * Compares embedders. Mean average precision of plain similarities; BCubed F1 of plain online nearest
 * neighbour with its best threshold on these pictures (an oracle); BCubed F1 of the engine as configured, on
 * arrival and consolidated. Arrival shuffled and as a film, each the mean of 20 random orders.
 */
export async function accuracy({ model = [], truth }: Options) {
  const work = mkdtempSync(join(tmpdir(), 'framesort-bench-'));
  try {
    const pictures = await truePictures(truth, work);
    const groups = new Set(pictures.map(({ group }) => group)).size;
    process.stdout.write(`${pictures.length} pictures in ${groups} true groups\n\n`);
    const rows: Row[] = [];
    for (const name of [...ownModels(), ...teacherModels(work), ...model])
      rows.push(await measureModel(name, pictures));
    print(rows);
    return { pictures: pictures.length, groups, rows };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

interface Row {
  readonly embedder: string;
  readonly dimensions: number;
  readonly meanAveragePrecision: number;
  readonly oracleShuffled: number;
  readonly oracleFilm: number;
  readonly engineShuffled?: Figures;
  readonly engineFilm?: Figures;
  readonly consolidatedShuffled?: Figures;
  readonly consolidatedFilm?: Figures;
}

/** Returns the built-in models. */
function ownModels(): string[] {
  return ['histogram', 'classical', 'builtin'].filter((name) =>
    existsSync(new URL(`../models/${name}/model.json`, import.meta.url)),
  );
}

async function measureModel(model: string, pictures: readonly TruePicture[]): Promise<Row> {
  const { config } = loadConfig({ flags: { 'embed.model': model }, environment: process.env });
  const extractor = await openExtractor(config);
  try {
    const embedded = await embedPictures(pictures, extractor, nodeFileSystem);
    const options = {
      thresholds: thresholdsOf(config, extractor.model),
      neighboursMax: config.grouping.neighboursMax,
    };
    const shuffled = await measureConsolidation(embedded, 'shuffled', seeds, options);
    const film = await measureConsolidation(embedded, 'film', seeds, options);
    return {
      ...plainFigures(extractor.model.descriptor.name, embedded),
      engineShuffled: shuffled.arrived,
      engineFilm: film.arrived,
      consolidatedShuffled: shuffled.consolidated,
      consolidatedFilm: film.consolidated,
    };
  } finally {
    await extractor.close();
  }
}

function plainFigures(embedder: string, { pictures, embeddings }: EmbeddedPictures) {
  const truth = pictures.map(({ group }) => group);
  const near = new SimilarityMatrix(embeddings);
  return {
    embedder,
    dimensions: embeddings[0]?.length ?? 0,
    meanAveragePrecision: meanAveragePrecision(near, truth),
    oracleShuffled: onlineOracle(near, pictures, 'shuffled', seeds).f1,
    oracleFilm: onlineOracle(near, pictures, 'film', seeds).f1,
  };
}

function print(rows: readonly Row[]): void {
  const three = (value: number | undefined) => value?.toFixed(3) ?? '';
  printTable(
    [
      'embedder',
      'dims',
      'mAP',
      'oracle shuffled',
      'film',
      'engine shuffled P',
      'R',
      'F1',
      'film F1',
      'groups',
      'consolidated shuffled F1',
      'film F1',
    ],
    rows.map((row) => [
      row.embedder,
      String(row.dimensions),
      three(row.meanAveragePrecision),
      three(row.oracleShuffled),
      three(row.oracleFilm),
      three(row.engineShuffled?.mean.bcubed.precision),
      three(row.engineShuffled?.mean.bcubed.recall),
      three(row.engineShuffled?.mean.bcubed.f1),
      three(row.engineFilm?.mean.bcubed.f1),
      row.engineShuffled?.mean.groups.predicted.toFixed(0) ?? '',
      three(row.consolidatedShuffled?.mean.bcubed.f1),
      three(row.consolidatedFilm?.mean.bcubed.f1),
    ]),
  );
}
