import type { Point } from '../../src/report/page-data.ts';
import { isDark } from './colours.ts';
import { el, svg } from './dom.ts';
import { gathered, lines, type Mark, type Scale, ticksOf } from './scale.ts';

export interface Series {
  readonly name: string;
  readonly points: readonly Point[];
  /** Fills the area below the line. */
  readonly isArea?: boolean;
}

export interface ChartOptions {
  readonly title: string;
  readonly across: string;
  readonly upwards: string;
  readonly series: readonly Series[];
  readonly x: Scale;
  readonly y: Scale;
  /** Vertical lines, each with a letter on top. */
  readonly marks?: readonly Mark[];
  /** Description for screen readers. */
  readonly summary: string;
}

const box = { width: 480, height: 320, left: 52, right: 12, top: 22, bottom: 42 };
const light = ['#1257b8', '#b3430c', '#0b7a4b', '#8a2bb0', '#6b6400', '#a8124e', '#3d5a6c', '#5b3a1e'];
const dark = ['#8db8ff', '#ff9d66', '#5fd3a0', '#d69bf5', '#d6cc55', '#ff8fb6', '#a5c3d6', '#d9b08c'];
const dashes = ['', '7 4', '2 3', '9 3 2 3', '4 2', '12 4', '1 4', '6 2 2 2'];

/** Draws lines or areas over two axes, with a legend. */
export function chart(options: ChartOptions): HTMLElement {
  const drawing = svg(
    'svg',
    {
      viewBox: `0 0 ${box.width} ${box.height}`,
      role: 'img',
      'aria-label': `${options.title}. ${options.summary}`,
    },
    ...grid(options),
    ...options.series.map((series, at) => line(series, at, options)),
    ...(options.marks ?? []).map(({ x }) => upright(x, options)),
    ...lettersOf(options),
  );
  const legend = el(
    'ul',
    { class: 'legend' },
    ...options.series.map(({ name }, at) => legendEntry(name, at)),
  );
  return el('figure', { class: 'chart' }, el('h3', {}, options.title), drawing, legend);
}

function across(value: number, { x }: ChartOptions): number {
  return box.left + ((value - x.low) / (x.high - x.low)) * (box.width - box.left - box.right);
}

function up(value: number, { y }: ChartOptions): number {
  const bottom = box.height - box.bottom;
  return bottom - ((value - y.low) / (y.high - y.low)) * (bottom - box.top);
}

function grid(options: ChartOptions): SVGElement[] {
  const [left, right] = [box.left, box.width - box.right];
  const bottom = box.height - box.bottom;
  const flat = ticksOf(options.y).flatMap((value) => {
    const y = up(value, options);
    return [
      svg('path', { d: `M${left} ${y}H${right}`, class: 'grid' }),
      svg('text', { x: left - 8, y: y + 4, 'text-anchor': 'end' }, labelOf(options.y, value)),
    ];
  });
  const below = ticksOf(options.x).map((value) =>
    svg(
      'text',
      { x: across(value, options), y: bottom + 17, 'text-anchor': 'middle' },
      labelOf(options.x, value),
    ),
  );
  const name = svg(
    'text',
    { x: (left + right) / 2, y: box.height - 6, 'text-anchor': 'middle' },
    options.across,
  );
  const upwards = svg('text', { x: 4, y: 12 }, options.upwards);
  return [...flat, ...below, name, upwards];
}

function labelOf({ label = String }: Scale, value: number): string {
  return label(value);
}

function line({ points, isArea }: Series, at: number, options: ChartOptions): SVGElement {
  const colour = colourOf(at);
  const places = points.map(([x, y]) => [across(x, options), up(y, options)] as const);
  const path = lines(places);
  if (!isArea)
    return svg('path', {
      d: path,
      fill: 'none',
      stroke: colour,
      'stroke-width': 2.2,
      'stroke-dasharray': dashOf(at),
    });
  const [first, last, ground] = [places[0]?.[0] ?? 0, places.at(-1)?.[0] ?? 0, up(0, options)];
  const area = `${path}L${last} ${ground}L${first} ${ground}Z`;
  return svg('path', {
    d: area,
    fill: colour,
    'fill-opacity': 0.28,
    stroke: colour,
    'stroke-width': 1.8,
    'stroke-dasharray': dashOf(at),
  });
}

function upright(x: number, options: ChartOptions): SVGElement {
  const path = `M${across(x, options)} ${box.top}V${box.height - box.bottom}`;
  return svg('path', { d: path, stroke: 'currentColor', 'stroke-dasharray': '2 4', opacity: 0.6 });
}

/** Letters above the vertical lines. */
function lettersOf(options: ChartOptions): SVGElement[] {
  const pixel = (options.x.high - options.x.low) / (box.width - box.left - box.right);
  return gathered(options.marks ?? [], 14 * pixel).map(({ x, label }) =>
    svg('text', { x: across(x, options) - 3, y: box.top - 4 }, label),
  );
}

function legendEntry(name: string, at: number): HTMLElement {
  const stroke = { d: 'M0 5H26', stroke: colourOf(at), 'stroke-width': 3, 'stroke-dasharray': dashOf(at) };
  const sample = svg('svg', { viewBox: '0 0 26 10', 'aria-hidden': 'true' }, svg('path', stroke));
  return el('li', {}, sample, el('bdi', {}, name));
}

function colourOf(at: number): string {
  const colours = isDark() ? dark : light;
  return colours[at % colours.length] as string;
}

function dashOf(at: number): string {
  return dashes[at % dashes.length] as string;
}
