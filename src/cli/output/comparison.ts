import {
  agreement,
  type ComparedEmbedder,
  letterOf,
  type Method,
} from '../../evaluation/compare/compare-methods.ts';
import type { Unread } from '../../evaluation/embed-pictures.ts';
import { printable } from '../../lib/fs/byte-path.ts';
import { tableLines } from './table.ts';

/** Returns the comparison as lines of text. */
export function comparisonLines(
  embedders: readonly ComparedEmbedder[],
  leftOut: readonly Unread[],
): string[] {
  const all = embedders.flatMap(({ name, methods }) => methods.map((method) => ({ name, method })));
  const [first] = embedders;
  return [
    `${first?.pictures ?? 0} pictures that every embedder read, ${leftOut.length} files left out`,
    ...leftOutLines(leftOut),
    '',
    ...tableLines(['embedder', 'values', 'mAP', 'ms each', 'MB'], embedders.map(embedderRow)),
    '',
    ...tableLines(methodHead, all.map(methodRow)),
    '',
    'How far the groupings agree (adjusted Rand index; 1: the same, 0: as by chance):',
    ...agreementLines(all.map(({ method }) => method)),
  ];
}

const leftOutShown = 5;

function leftOutLines(leftOut: readonly Unread[]): string[] {
  const lines = leftOut.slice(0, leftOutShown).map(({ path, message }) => `  ${printable(path)}: ${message}`);
  return leftOut.length > leftOutShown ? [...lines, `  and ${leftOut.length - leftOutShown} more`] : lines;
}

/** A calibration belongs to one model. */
export function calibrationLine(embedders: readonly ComparedEmbedder[]): string {
  const names = embedders.filter(({ calibration }) => calibration === 'configured').map(({ name }) => name);
  return names.length === 0
    ? 'grouping.calibration is of none of these models: it is not used.'
    : `grouping.calibration is used for ${names.join(', ')} alone, which it was made for.`;
}

function embedderRow(one: ComparedEmbedder): string[] {
  return [
    one.name,
    one.dimensions === 0 ? '' : String(one.dimensions),
    three(one.meanAveragePrecision),
    one.msPerPicture.toFixed(1),
    (one.memoryBytes / 1e6).toFixed(0),
  ];
}

const methodHead = [
  '',
  'embedder',
  'method',
  'from',
  'groups',
  'silhouette',
  'F1',
  'P',
  'R',
  'ARI',
  'to fix',
];

function methodRow({ name, method }: { name: string; method: Method }, at: number): string[] {
  const { scores } = method;
  return [
    letterOf(at),
    name,
    method.name,
    three(method.from),
    String(method.groups),
    three(method.silhouette),
    three(scores?.bcubed.f1),
    three(scores?.bcubed.precision),
    three(scores?.bcubed.recall),
    three(scores?.adjustedRand),
    scores === undefined ? '' : String(scores.movesToFix.total),
  ];
}

function agreementLines(methods: readonly Method[]): string[] {
  const table = agreement(methods.map(({ labels }) => labels));
  const names = methods.map((_, at) => letterOf(at));
  const rows = table.map((row, at) => [letterOf(at), ...row.map((value) => value.toFixed(2))]);
  return tableLines(['', ...names], rows);
}

function three(value: number | undefined): string {
  return value?.toFixed(3) ?? '';
}
