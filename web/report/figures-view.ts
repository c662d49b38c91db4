import type { ComparisonData, EmbedderData, MethodData } from '../../src/report/page-data.ts';
import { isDark } from '../components/colours.ts';
import { el } from '../components/dom.ts';
import { figure } from '../components/words.ts';

/** Tables of all measurements. */
export function buildFigures(panel: HTMLElement, data: ComparisonData): void {
  panel.append(
    el('h2', {}, 'Embedders'),
    table(
      'Embedders',
      embedderHead(data),
      data.embedders.map(embedderCells),
      bestOf(data.embedders.map(embedderWorth)),
    ),
    el('p', { class: 'note' }, costs),
    el('h2', {}, 'Ways of grouping'),
    table('Ways of grouping', methodHead(data), methodRows(data), bestOf(data.methods.map(methodWorth))),
    el('p', { class: 'note' }, explanation(data)),
    el('h2', {}, 'How far the groupings agree'),
    matrix(data),
    el('p', { class: 'note' }, 'Adjusted Rand index: 1 is the same grouping, 0 is what chance would give.'),
  );
}

const costs =
  'ms each: milliseconds to decode and embed a picture, all cores together. MB: memory by which the program grew; the first embedder brings the runtime with it.';

function explanation({ truth }: ComparisonData): string {
  return truth === undefined
    ? 'All ways of grouping have the threshold of the engine. Silhouette needs no truth: how much nearer pictures lie to their own group than to the next one.'
    : 'The engine is as configured; the other ways have the threshold that is best on these very pictures. F1, precision and recall are BCubed; “to fix”: pictures that a person would have to move.';
}

function embedderHead({ truth }: ComparisonData): string[] {
  return ['Embedder', 'values', 'ms each', 'MB', ...(truth ? ['mAP', 'ROC area', 'average precision'] : [])];
}

function embedderCells(one: EmbedderData): string[] {
  const { name, dimensions, msPerPicture, memoryBytes, meanAveragePrecision, pairs } = one;
  const cost = [msPerPicture.toFixed(1), (memoryBytes / 1e6).toFixed(0)];
  const quality = [meanAveragePrecision, pairs.rocArea, pairs.averagePrecision].map((value) => figure(value));
  return [name, String(dimensions), ...cost, ...(meanAveragePrecision === undefined ? [] : quality)];
}

/** The quality of each column, higher is better; undefined for neutral columns. */
type Worth = readonly (number | undefined)[];

function embedderWorth({ msPerPicture, meanAveragePrecision, pairs }: EmbedderData): Worth {
  return [
    undefined,
    undefined,
    -msPerPicture,
    undefined,
    meanAveragePrecision,
    pairs.rocArea,
    pairs.averagePrecision,
  ];
}

function methodHead({ truth }: ComparisonData): string[] {
  const quality = truth ? ['F1', 'precision', 'recall', 'ARI', 'to fix'] : [];
  return ['', 'Embedder', 'Method', 'from', 'groups', 'silhouette', ...quality];
}

function methodRows({ methods, embedders }: ComparisonData): string[][] {
  return methods.map(({ letter, embedder, name, from, groups, silhouette, figures: known }) => [
    letter,
    embedders[embedder]?.name ?? '',
    name,
    figure(from),
    String(groups),
    figure(silhouette),
    ...(known
      ? [known.f1, known.precision, known.recall, known.adjustedRand].map((value) => figure(value))
      : []),
    ...(known ? [String(known.toFix)] : []),
  ]);
}

function methodWorth({ silhouette, figures: known }: MethodData): Worth {
  const nothing = [undefined, undefined, undefined, undefined, undefined];
  const { f1, precision, recall, adjustedRand } = known ?? {};
  return [...nothing, silhouette, f1, precision, recall, adjustedRand, known && -known.toFix];
}

/** Returns the best rows of each column. */
function bestOf(rows: readonly Worth[]): Set<number>[] {
  const columns = rows[0]?.map((_, column) => rows.map((row) => row[column])) ?? [];
  return columns.map((values) => {
    const known = values.filter((value) => value !== undefined);
    const best = known.length < 2 ? Number.POSITIVE_INFINITY : Math.max(...known);
    return new Set(Array.from(values.keys()).filter((row) => values[row] === best));
  });
}

function table(
  label: string,
  head: readonly string[],
  rows: readonly string[][],
  best: readonly ReadonlySet<number>[],
): HTMLElement {
  const isFigure = head.map((_, column) => rows.every((row) => /^[-−–\d.]*$/.test(row[column] ?? '')));
  const classOf = (column: number, row = -1) =>
    [isFigure[column] && 'figure', row >= 0 && best[column]?.has(row) && 'best'].filter(Boolean).join(' ');
  const top = head.map((name, column) => el('th', { scope: 'col', class: classOf(column) }, name));
  const body = rows.map((cells, row) =>
    el('tr', {}, ...cells.map((cell, column) => el('td', { class: classOf(column, row) }, cell))),
  );
  const grid = el('table', {}, el('thead', {}, el('tr', {}, ...top)), el('tbody', {}, ...body));
  return scrollable(label, grid);
}

function matrix({ agreement, methods, truth }: ComparisonData): HTMLElement {
  const names = [...methods.map(({ letter }) => letter), ...(truth ? ['truth'] : [])];
  const head = names.map((name) => el('th', { scope: 'col' }, name));
  const rows = agreement.map((row, at) =>
    el('tr', {}, el('th', { scope: 'row' }, names[at]), ...row.map(matrixCell)),
  );
  const grid = el(
    'table',
    { class: 'matrix' },
    el('thead', {}, el('tr', {}, el('td'), ...head)),
    el('tbody', {}, ...rows),
  );
  return scrollable('How far the groupings agree', grid);
}

/** Wraps a wide table in a region that scrolls, also by keyboard. */
function scrollable(label: string, grid: HTMLElement): HTMLElement {
  return el('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': label }, grid);
}

function matrixCell(value: number): HTMLElement {
  const cell = el('td', {}, value.toFixed(2));
  const share = Math.round(100 * Math.max(0, value) ** 2);
  cell.style.backgroundColor = `color-mix(in srgb, ${isDark() ? '#1f4f99' : '#9cc3ff'} ${share}%, transparent)`;
  return cell;
}
