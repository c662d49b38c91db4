import { join } from 'node:path';
import type { Config } from '../config/options.ts';
import type { Model } from '../embed/descriptor.ts';
import { type ComparedEmbedder, type ComparedVectors, compareMethods } from '../evaluate/compare.ts';
import { type Embedded, readByAll, type Unread } from '../evaluate/embedded.ts';
import { type TruePicture, truthFromCsv, truthFromFolders } from '../evaluate/truth.ts';
import { FatalError } from '../lib/errors.ts';
import { realFiles } from '../lib/files.ts';
import type { Seen } from '../report/comparison-data.ts';
import { limitsOf, modelOf, openEyes, withFittingCalibration } from '../workshop.ts';
import { embedTruth } from './embed-truth.ts';

/** Pictures to compare on: with their groups from a CSV or from `folders`, or without. */
export async function picturesToCompare(folder: string, truth: string | undefined): Promise<TruePicture[]> {
  if (truth === 'folders') return truthFromFolders(folder, realFiles);
  if (truth !== undefined) return truthFromCsv(truth, folder);
  const paths = await filesBelow(folder);
  if (paths.length === 0) throw new FatalError(`compare ${folder}: no file is there`);
  return paths.map((path, sequence) => ({ path, group: path, sequence }));
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = (await realFiles.list(folder)).filter(({ name }) => !name.startsWith('.'));
  const found = entries.map(({ name, kind }) => {
    if (kind === 'folder') return filesBelow(join(folder, name));
    return kind === 'file' ? [join(folder, name)] : [];
  });
  return (await Promise.all(found)).flat();
}

export interface Comparison {
  readonly seen: readonly Seen[];
  /** Files that not every embedder could read. */
  readonly leftOut: readonly Unread[];
}

/** One configuration for each embedder; all are compared on the pictures that every one of them could read. */
export async function compareEmbedders(
  configs: readonly Config[],
  pictures: readonly TruePicture[],
  hasTruth: boolean,
): Promise<Comparison> {
  const fitting = configs.map(withFittingCalibration);
  for (const config of fitting) check(config, hasTruth);
  const looked: Looked[] = [];
  for (const config of fitting) looked.push(await lookWith(config, pictures));
  const { equal, leftOut } = readByAll(looked.map(({ embedded }) => embedded));
  const seen = looked.map((one, at) => figuresOf({ ...one, embedded: equal[at] as Embedded }, hasTruth));
  return { seen, leftOut };
}

/** Says what is wrong before the work, not in the middle of it. */
function check(config: Config, hasTruth: boolean): void {
  const model = modelOf(config);
  if (!hasTruth) limitsOf(config, model);
}

/** What one embedder made of the pictures, and what that cost. */
interface Looked {
  readonly config: Config;
  readonly model: Model;
  readonly embedded: Embedded;
  readonly msPerPicture: number;
  readonly memoryBytes: number;
}

async function lookWith(config: Config, pictures: readonly TruePicture[]): Promise<Looked> {
  const bytesBefore = process.memoryUsage.rss();
  const eyes = await openEyes(config);
  try {
    const startedMs = performance.now();
    const embedded = await embedTruth(pictures, eyes);
    const msPerPicture = (performance.now() - startedMs) / pictures.length;
    const memoryBytes = process.memoryUsage.rss() - bytesBefore;
    return { config, model: eyes.model, embedded, msPerPicture, memoryBytes };
  } finally {
    await eyes.close();
  }
}

function figuresOf({ config, model, embedded, msPerPicture, memoryBytes }: Looked, hasTruth: boolean): Seen {
  const figures = {
    name: model.descriptor.name,
    space: model.space.id,
    dimensions: model.space.dimensions,
    pictures: embedded.embeddings.length,
    unreadable: embedded.unreadable.length,
    calibration: calibrationOf(config, model),
    msPerPicture,
    memoryBytes,
    ...compared(config, model, embedded, hasTruth),
  };
  return { figures, embedded };
}

function calibrationOf({ grouping }: Config, { calibration }: Model): ComparedEmbedder['calibration'] {
  if (calibration === undefined) return 'none';
  return grouping.calibration === null ? 'its own' : 'configured';
}

function compared(config: Config, model: Model, embedded: Embedded, hasTruth: boolean): ComparedVectors {
  const { grouping } = config;
  return compareMethods(embedded, {
    truth: hasTruth ? embedded.pictures.map(({ group }) => group) : undefined,
    optionsFor: (best) => {
      const joinSimilarity =
        grouping.joinSimilarity ?? (model.calibration === undefined ? (best ?? null) : null);
      return {
        limits: limitsOf({ ...config, grouping: { ...grouping, joinSimilarity } }, model),
        neighboursMax: grouping.neighboursMax,
      };
    },
  });
}
