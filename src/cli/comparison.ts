import { join } from 'node:path';
import type { Config } from '../config/options.ts';
import { type ComparedVectors, compareMethods } from '../evaluate/compare.ts';
import { type Embedded, embedPictures } from '../evaluate/embedded.ts';
import { type TruePicture, truthFromCsv, truthFromFolders } from '../evaluate/truth.ts';
import { FatalError } from '../lib/errors.ts';
import { realFiles } from '../lib/files.ts';
import type { Seen } from '../report/comparison-data.ts';
import { type Eyes, limitsOf, openEyes } from '../workshop.ts';

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

export async function compareEmbedder(
  config: Config,
  pictures: readonly TruePicture[],
  hasTruth: boolean,
): Promise<Seen> {
  const bytesBefore = process.memoryUsage.rss();
  const eyes = await openEyes(config);
  try {
    const startedMs = performance.now();
    const embedded = await embedPictures(pictures, eyes, realFiles);
    const msPerPicture = (performance.now() - startedMs) / pictures.length;
    const memoryBytes = process.memoryUsage.rss() - bytesBefore;
    const figures = compared(config, eyes, embedded, hasTruth);
    return { figures: { ...describe(eyes, embedded), msPerPicture, memoryBytes, ...figures }, embedded };
  } finally {
    await eyes.close();
  }
}

function describe({ model }: Eyes, { embeddings, unreadable }: Embedded) {
  return {
    name: model.descriptor.name,
    space: model.space.id,
    dimensions: model.space.dimensions,
    pictures: embeddings.length,
    unreadable: unreadable.length,
  };
}

function compared(config: Config, { model }: Eyes, embedded: Embedded, hasTruth: boolean): ComparedVectors {
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
