import type { ComparisonData, EmbedderData, PairFigures, Point } from '../../src/report/page-data.ts';
import { chart, type Series } from '../components/chart.ts';
import { el } from '../components/dom.ts';
import { logarithm, powersFrom } from '../components/scale.ts';
import { figure } from '../components/words.ts';

const unit = { low: 0, high: 1 };
/** Pairs of different scenes are so numerous that the interesting range lies near zero. */
const rare = powersFrom(-4);

/** Distribution of pairwise similarities, and the results of a threshold. */
export function buildCurves(panel: HTMLElement, data: ComparisonData): void {
  if (data.truth !== undefined)
    panel.append(
      el('h2', {}, 'One threshold for pairs'),
      el('div', { class: 'charts' }, roc(data), precisionRecall(data)),
    );
  panel.append(
    el('h2', {}, 'How similar pairs are'),
    el(
      'p',
      { class: 'note' },
      'Upright lines: the similarity from which on a way of grouping joins, by its letter in the table of figures.',
    ),
    el('div', { class: 'charts' }, ...data.embedders.map((_, at) => histogram(data, at))),
  );
}

function roc({ embedders }: ComparisonData): HTMLElement {
  return chart({
    title: 'ROC, over pairs',
    across: 'false positive rate (powers of ten)',
    upwards: 'true positive rate',
    series: embedders.map((one) => ({
      name: label(one, one.pairs.rocArea),
      points: one.pairs.roc.map(([x, y]): Point => [logarithm(x, rare), y]),
    })),
    x: rare,
    y: unit,
    summary: `Area below: ${embedders.map((one) => label(one, one.pairs.rocArea)).join(', ')}.`,
  });
}

function precisionRecall({ embedders }: ComparisonData): HTMLElement {
  return chart({
    title: 'Precision by recall, over pairs',
    across: 'recall',
    upwards: 'precision',
    series: embedders.map((one) => ({
      name: label(one, one.pairs.averagePrecision),
      points: one.pairs.precisionRecall,
    })),
    x: unit,
    y: unit,
    summary: `Average precision: ${embedders.map((one) => label(one, one.pairs.averagePrecision)).join(', ')}.`,
  });
}

function label({ name }: EmbedderData, value: number | undefined): string {
  return `${name} ${figure(value)}`;
}

function histogram(data: ComparisonData, at: number): HTMLElement {
  const { name, pairs } = data.embedders[at] as EmbedderData;
  const { from, step, same, different } = pairs;
  const area = (label: string, shares: readonly number[]): Series => ({
    name: label,
    points: outline(pairs, shares),
    isArea: true,
  });
  const series = data.truth
    ? [area('of one scene', same), area('of different scenes', different)]
    : [area('all pairs', different)];
  return chart({
    title: name,
    across: 'similarity',
    upwards: 'share of pairs',
    series,
    x: { low: from, high: from + step * same.length },
    y: { low: 0, high: 1.05 * Math.max(...same, ...different) },
    marks: data.methods
      .filter((method) => method.embedder === at)
      .map((method) => ({ x: method.from, label: method.letter })),
    summary: `Shares of pairs by similarity, ${series.map((one) => one.name).join(' and ')}.`,
  });
}

/** Draws steps, not slopes: a bin has a constant height. */
function outline({ from, step }: PairFigures, shares: readonly number[]): Point[] {
  return shares.flatMap((share, bin): Point[] => [
    [from + bin * step, share],
    [from + (bin + 1) * step, share],
  ]);
}
