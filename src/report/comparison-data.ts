import { relative } from 'node:path';
import { type Embedding, similarity } from '../domain/embedding.ts';
import { agreement, type ComparedEmbedder, letterOf, type Method } from '../evaluate/compare.ts';
import type { Embedded } from '../evaluate/embedded.ts';
import { printable } from '../lib/byte-path.ts';
import { disputedPairs } from './disputes.ts';
import type { ComparisonData, Dispute, EmbedderData, Grouping, MethodData } from './page-data.ts';
import { pairFigures, rounded } from './pair-figures.ts';
import { planeMap } from './umap.ts';

/** One embedder: its figures, and the vectors that they come from. */
export interface Seen {
  readonly figures: ComparedEmbedder;
  readonly embedded: Embedded;
}

const disputesMax = 60;

/** All that the page says of a comparison, but for thumbnails: of the pictures that every embedder could read. */
export function comparisonData(folder: string, seen: readonly Seen[], hasTruth: boolean) {
  const shared = sharedOf(seen);
  const pictures = shared[0]?.embedded.pictures ?? [];
  const truth = hasTruth ? truthOf(pictures.map(({ group }) => group)) : undefined;
  const methods = shared.flatMap(({ figures }, embedder) =>
    figures.methods.map((one) => ({ ...one, embedder })),
  );
  const groupings = [...methods.map(({ labels }) => labels), ...(truth === undefined ? [] : [truth.labels])];
  return {
    unreadable: seen[0]?.figures.unreadable ?? 0,
    truth,
    embedders: shared.map((one) => embedderData(one, truth)),
    methods: methods.map(methodData),
    agreement: agreement(groupings).map((row) => row.map((value) => rounded(value, 4))),
    disputes: disputesOf(
      methods.map(({ labels }) => labels),
      shared,
      truth,
    ),
    paths: pictures.map(({ path }) => path),
    frameNames: pictures.map(({ path }) => printable(relative(folder, path))),
  } satisfies Omit<ComparisonData, 'folder' | 'made' | 'frames'> & { paths: string[]; frameNames: string[] };
}

/** What is left when pictures are dropped that not all embedders could read, such as one whose decoder took too long. */
function sharedOf(seen: readonly Seen[]): Seen[] {
  const readers = new Map<string, number>();
  for (const { embedded } of seen)
    for (const { path } of embedded.pictures) readers.set(path, (readers.get(path) ?? 0) + 1);
  return seen.map(({ figures, embedded }) => {
    const kept = Array.from(embedded.pictures.keys()).filter(
      (at) => readers.get(embedded.pictures[at]?.path ?? '') === seen.length,
    );
    const only = <T>(values: readonly T[]) => kept.map((at) => values[at] as T);
    const methods = figures.methods.map((one) => ({ ...one, labels: only(one.labels) }));
    const { pictures, embeddings, unreadable } = embedded;
    return {
      figures: { ...figures, methods },
      embedded: { pictures: only(pictures), embeddings: only(embeddings), unreadable },
    };
  });
}

function truthOf(groups: readonly string[]): Grouping & { readonly names: readonly string[] } {
  const names = [...new Set(groups)];
  const numbers = new Map(names.map((name, at) => [name, at]));
  return { labels: groups.map((group) => numbers.get(group) as number), names: names.map(printable) };
}

function embedderData({ figures, embedded }: Seen, truth: Grouping | undefined): EmbedderData {
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

/** From 0, in order of appearance. */
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
  seen: readonly Seen[],
  truth: Grouping | undefined,
): Dispute[] {
  return disputedPairs(groupings, disputesMax).map(({ pair, together }) => ({
    frames: pair,
    together,
    similarities: seen.map(({ embedded }) => between(embedded.embeddings, pair)),
    areOne: truth && truth.labels[pair[0]] === truth.labels[pair[1]],
  }));
}

function between(embeddings: readonly Embedding[], [a, b]: readonly [number, number]): number {
  return rounded(similarity(embeddings[a] as Embedding, embeddings[b] as Embedding));
}
