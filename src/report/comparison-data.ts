import { relative } from 'node:path';
import { type Embedding, similarity } from '../domain/embedding.ts';
import type { ComparedRun } from '../evaluation/compare/compare-embedders.ts';
import { agreement, letterOf, type Method } from '../evaluation/compare/compare-methods.ts';
import { printable } from '../lib/fs/byte-path.ts';
import { disputedPairs } from './disputes.ts';
import type { ComparisonData, Dispute, EmbedderData, Grouping, MethodData } from './page-data.ts';
import { pairFigures, rounded } from './pair-figures.ts';
import { planeMap } from './umap.ts';

const disputesMax = 60;

/** Returns the page's data about a comparison, without thumbnails. All embedders have the same pictures. */
export function comparisonData(
  folder: string,
  runs: readonly ComparedRun[],
  leftOut: number,
  hasTruth: boolean,
) {
  const pictures = runs[0]?.embedded.pictures ?? [];
  const truth = hasTruth ? truthOf(pictures.map(({ group }) => group)) : undefined;
  const methods = runs.flatMap(({ figures }, embedder) =>
    figures.methods.map((one) => ({ ...one, embedder })),
  );
  const groupings = [...methods.map(({ labels }) => labels), ...(truth === undefined ? [] : [truth.labels])];
  return {
    leftOut,
    truth,
    embedders: runs.map((one) => embedderData(one, truth)),
    methods: methods.map(methodData),
    agreement: agreement(groupings).map((row) => row.map((value) => rounded(value, 4))),
    disputes: disputesOf(
      methods.map(({ labels }) => labels),
      runs,
      truth,
    ),
    paths: pictures.map(({ path }) => path),
    frameNames: pictures.map(({ path }) => printable(relative(folder, path))),
  } satisfies Omit<ComparisonData, 'folder' | 'made' | 'frames'> & { paths: string[]; frameNames: string[] };
}

function truthOf(groups: readonly string[]): Grouping & { readonly names: readonly string[] } {
  const names = [...new Set(groups)];
  const numbers = new Map(names.map((name, at) => [name, at]));
  return { labels: groups.map((group) => numbers.get(group) as number), names: names.map(printable) };
}

function embedderData({ figures, embedded }: ComparedRun, truth: Grouping | undefined): EmbedderData {
  const { name, dimensions, msPerPicture, memoryBytes, meanAveragePrecision } = figures;
  return {
    name: printable(name),
    dimensions,
    msPerPicture: rounded(msPerPicture, 2),
    memoryBytes,
    meanAveragePrecision,
    map: planeMap(embedded.embeddings),
    pairs: pairFigures(embedded.embeddings, truth?.labels),
  };
}

function methodData(method: Method & { readonly embedder: number }, at: number): MethodData {
  const { embedder, name, from, labels, groups, silhouette, scores } = method;
  return {
    letter: letterOf(at),
    embedder,
    name,
    from,
    labels: numbered(labels),
    groups,
    silhouette,
    figures: scores && {
      f1: scores.bcubed.f1,
      precision: scores.bcubed.precision,
      recall: scores.bcubed.recall,
      adjustedRand: scores.adjustedRand,
      toFix: scores.movesToFix.total,
    },
  };
}

/** Renumbers from 0 in order of appearance. */
function numbered(labels: readonly number[]): number[] {
  const numbers = new Map<number, number>();
  return labels.map((label) => {
    const number = numbers.get(label) ?? numbers.size;
    numbers.set(label, number);
    return number;
  });
}

function disputesOf(
  groupings: readonly (readonly number[])[],
  runs: readonly ComparedRun[],
  truth: Grouping | undefined,
): Dispute[] {
  return disputedPairs(groupings, disputesMax).map(({ pair, together }) => ({
    frames: pair,
    together,
    similarities: runs.map(({ embedded }) => between(embedded.embeddings, pair)),
    areOne: truth && truth.labels[pair[0]] === truth.labels[pair[1]],
  }));
}

function between(embeddings: readonly Embedding[], [a, b]: readonly [number, number]): number {
  return rounded(similarity(embeddings[a] as Embedding, embeddings[b] as Embedding));
}
