import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Config } from '../../config/options.ts';
import { inliersMin } from '../../domain/assignment/keypoint-evidence.ts';
import { SimilarityMatrix, type SimilarPair } from '../../domain/similarity/similarity-matrix.ts';
import { thresholdsOf } from '../../grouping/thresholds.ts';
import { mapInOrder } from '../../lib/async/batches.ts';
import { FatalError } from '../../lib/errors.ts';
import { nodeFileSystem } from '../../lib/fs/file-system.ts';
import type { ShowProgress } from '../../lib/progress.ts';
import { ResourceStack } from '../../lib/resource-stack.ts';
import { modelOf, withFittingCalibration } from '../../vision/models/configured-model.ts';
import type { Model } from '../../vision/models/descriptor.ts';
import { openExtractor, openKeypoints } from '../../vision/open.ts';
import { type EmbeddedPictures, embedPictures, readByAll, type Unread } from '../embed-pictures.ts';
import { embedTruth } from '../embed-truth.ts';
import { groundTruthFromCsv, groundTruthFromFolders, type TruePicture } from '../ground-truth.ts';
import { sharedKeypoints } from '../replay/keypoint-matches.ts';
import type { InliersOf } from '../replay/replay.ts';
import {
  type ComparedEmbedder,
  type ComparedVectors,
  compareMethods,
  compareSimilarities,
} from './compare-methods.ts';

/** Returns the pictures to compare on, with groups from a CSV or from `folders`, or without groups. */
export async function picturesToCompare(folder: string, truth: string | undefined): Promise<TruePicture[]> {
  if (truth === 'folders') return groundTruthFromFolders(folder, nodeFileSystem);
  if (truth !== undefined) return groundTruthFromCsv(truth, folder);
  const paths = await filesBelow(folder);
  if (paths.length === 0) throw new FatalError(`compare ${folder}: it contains no files`);
  return paths.map((path, sequence) => ({ path, group: path, sequence }));
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = (await nodeFileSystem.readFolder(folder)).filter(({ name }) => !name.startsWith('.'));
  const found = entries.map(({ name, kind }) => {
    if (kind === 'folder') return filesBelow(join(folder, name));
    return kind === 'file' ? [join(folder, name)] : [];
  });
  return (await Promise.all(found)).flat();
}

/** One embedder: its figures, and the vectors behind them. */
export interface ComparedRun {
  readonly figures: ComparedEmbedder;
  readonly embedded: EmbeddedPictures;
}

export interface Comparison {
  readonly seen: readonly ComparedRun[];
  /** Files that at least one embedder could not read. */
  readonly leftOut: readonly Unread[];
}

/** Compares embedders, one configuration each, on the pictures readable by all. */
export async function compareEmbedders(
  configs: readonly Config[],
  pictures: readonly TruePicture[],
  hasTruth: boolean,
  showProgress: ShowProgress,
): Promise<Comparison> {
  const fitting = configs.map(withFittingCalibration);
  for (const config of fitting) checkConfig(config, hasTruth);
  const runs: EmbedderRun[] = [];
  for (const config of fitting) runs.push(await runEmbedder(config, pictures, showProgress));
  const { equal, leftOut } = readByAll(runs.map(({ embedded }) => embedded));
  const seen: ComparedRun[] = [];
  for (const [at, one] of runs.entries())
    seen.push(await figuresOf({ ...one, embedded: equal[at] as EmbeddedPictures }, hasTruth));
  return { seen, leftOut };
}

/** Throws FatalError before the work if a configuration cannot be used. */
function checkConfig(config: Config, hasTruth: boolean): void {
  const model = modelOf(config);
  if (!hasTruth) thresholdsOf(config, model);
}

/** The embeddings by one embedder, with their cost. */
interface EmbedderRun {
  readonly config: Config;
  readonly model: Model;
  readonly embedded: EmbeddedPictures;
  readonly msPerPicture: number;
  readonly memoryBytes: number;
}

async function runEmbedder(
  config: Config,
  pictures: readonly TruePicture[],
  showProgress: ShowProgress,
): Promise<EmbedderRun> {
  const bytesBefore = process.memoryUsage.rss();
  const extractor = await openExtractor(config);
  try {
    const startedMs = performance.now();
    const embedded = await embedTruth(pictures, extractor, showProgress);
    const msPerPicture = (performance.now() - startedMs) / pictures.length;
    const memoryBytes = process.memoryUsage.rss() - bytesBefore;
    return { config, model: extractor.model, embedded, msPerPicture, memoryBytes };
  } finally {
    await extractor.close();
  }
}

/**
 * Up to this many pictures, every pair is compared by keypoints. Of more pictures, each is compared with its
 * nearest neighbours by the built-in model.
 */
export const allPairsMax = 128;
export const keypointNeighbours = 16;

/** Compares keypoints as an embedder. Its similarity is 0.5 at the number of inliers required for a join. */
export async function compareKeypoints(
  config: Config,
  pictures: readonly TruePicture[],
  hasTruth: boolean,
): Promise<ComparedEmbedder> {
  const bytesBefore = process.memoryUsage.rss();
  const resources = new ResourceStack();
  try {
    const extractor = resources.use(await openExtractor(config), (opened) => opened.close());
    const reader = resources.use(openKeypoints(), (thread) => thread.close());
    const { embeddings, ...embedded } = await embedPictures(pictures, extractor, nodeFileSystem);
    const startedMs = performance.now();
    const inliersOf = sharedKeypoints(embedded.pictures, {
      extractor,
      files: nodeFileSystem,
      reader,
    });
    const pairs = await similarPairs(pairsToCompare(new SimilarityMatrix(embeddings)), inliersOf);
    const msPerPicture = (performance.now() - startedMs) / pictures.length;
    const memoryBytes = process.memoryUsage.rss() - bytesBefore;
    const truth = hasTruth ? embedded.pictures.map(({ group }) => group) : undefined;
    const near = SimilarityMatrix.ofPairs(embeddings.length, pairs);
    return {
      name: 'keypoints',
      space: 'keypoints',
      dimensions: 0,
      pictures: embeddings.length,
      unreadable: embedded.unreadable.length,
      calibration: 'none',
      msPerPicture,
      memoryBytes,
      ...compareSimilarities(near, embedded.pictures, { truth, join: 0.5 }),
    };
  } finally {
    await resources.close();
  }
}

type Pair = readonly [number, number];

/** The later picture first. */
function pairsToCompare(near: SimilarityMatrix): Pair[] {
  const places = Array.from({ length: near.size }, (_, at) => at);
  if (near.size <= allPairsMax) return places.flatMap((a) => places.slice(0, a).map((b): Pair => [a, b]));
  const wanted = new Map<string, Pair>();
  for (const a of places) {
    const row = near.row(a);
    const nearest = places
      .filter((b) => b !== a)
      .sort((b, c) => (row[c] as number) - (row[b] as number) || b - c)
      .slice(0, keypointNeighbours);
    for (const b of nearest)
      wanted.set(`${Math.max(a, b)} ${Math.min(a, b)}`, [Math.max(a, b), Math.min(a, b)]);
  }
  return [...wanted.values()];
}

async function similarPairs(pairs: readonly Pair[], inliersOf: InliersOf): Promise<SimilarPair[]> {
  const found: SimilarPair[] = [];
  const compare = async ([one, other]: Pair): Promise<SimilarPair> => {
    const inliers = await inliersOf(one, other);
    return { one, other, similarity: inliers / (inliers + inliersMin) };
  };
  for await (const pair of mapInOrder(Readable.from(pairs) as AsyncIterable<Pair>, compare, comparedAtOnce))
    found.push(pair);
  return found;
}

/** Pairs in work at a time: some pictures are decoded while others are compared. */
const comparedAtOnce = 8;

async function figuresOf(
  { config, model, embedded, msPerPicture, memoryBytes }: EmbedderRun,
  hasTruth: boolean,
): Promise<ComparedRun> {
  const figures = {
    name: model.descriptor.name,
    space: model.space.id,
    dimensions: model.space.dimensions,
    pictures: embedded.embeddings.length,
    unreadable: embedded.unreadable.length,
    calibration: calibrationOf(config, model),
    msPerPicture,
    memoryBytes,
    ...(await compared(config, model, embedded, hasTruth)),
  };
  return { figures, embedded };
}

function calibrationOf({ grouping }: Config, { calibration }: Model): ComparedEmbedder['calibration'] {
  if (calibration === undefined) return 'none';
  return grouping.calibration === null ? 'its own' : 'configured';
}

async function compared(
  config: Config,
  model: Model,
  embedded: EmbeddedPictures,
  hasTruth: boolean,
): Promise<ComparedVectors> {
  const { grouping } = config;
  return await compareMethods(embedded, {
    truth: hasTruth ? embedded.pictures.map(({ group }) => group) : undefined,
    optionsFor: (best) => {
      const joinSimilarity =
        grouping.joinSimilarity ?? (model.calibration === undefined ? (best ?? null) : null);
      return {
        thresholds: thresholdsOf({ ...config, grouping: { ...grouping, joinSimilarity } }, model),
        neighboursMax: grouping.neighboursMax,
      };
    },
  });
}
