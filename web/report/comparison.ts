import type { ComparisonData, Dispute } from '../../src/report/page-data.ts';
import { Details, type Row } from '../components/details.ts';
import { choice, el, named, readData, root, tile } from '../components/dom.ts';
import { Lazy } from '../components/lazy.ts';
import { MapView } from '../components/map.ts';
import { tabs } from '../components/tabs.ts';
import { Thumbs } from '../components/thumbs.ts';
import { figure, moment } from '../components/words.ts';
import { buildCurves } from './curves-view.ts';
import { buildFigures } from './figures-view.ts';
import { type Chosen, SidesView } from './sides-view.ts';

/** The comparison page. */

const data = readData<ComparisonData>();
const thumbs = new Thumbs(data.frames);
const groupings = choosable(data);
const details = new Details(thumbs, rowsOf);

function choosable({ methods, embedders, truth }: ComparisonData): Chosen[] {
  const all: Chosen[] = methods.map(({ letter, embedder, name, labels }) => ({
    label: `${letter}: ${embedders[embedder]?.name ?? ''}, ${name}`,
    labels,
  }));
  return truth === undefined ? all : [...all, { label: 'truth', ...truth }];
}

function groupName({ labels, names }: Chosen, frame: number): string {
  const group = labels[frame] ?? 0;
  return names?.[group] ?? `group ${group + 1}`;
}

function rowsOf(frame: number): Row[] {
  return groupings.toReversed().map((one): Row => {
    const companions = one.labels.filter((label) => label === one.labels[frame]).length - 1;
    return [one.label, `${groupName(one, frame)}, with ${companions} more`];
  });
}

function header(): HTMLElement {
  return el(
    'header',
    { class: 'top' },
    el('h1', {}, named(data.folder)),
    el(
      'p',
      { class: 'note' },
      `Embedders and ways of grouping, compared at ${moment(Date.parse(data.made))} UTC.`,
    ),
    el(
      'dl',
      { class: 'tiles' },
      tile(thumbs.count.toLocaleString('en'), 'pictures'),
      tile(data.leftOut.toLocaleString('en'), 'left out'),
      tile(String(data.embedders.length), 'embedders'),
      tile(String(data.methods.length), 'groupings'),
      ...(data.truth?.names ? [tile(String(data.truth.names.length), 'true groups')] : []),
    ),
  );
}

/** Compares with the ground truth if known, else the engine with the first method. */
function firstSides(): [number, number] {
  const engine = Math.max(
    0,
    data.methods.findIndex(({ name }) => name === 'engine'),
  );
  return data.truth === undefined ? [0, engine] : [engine, groupings.length - 1];
}

function buildMap(panel: HTMLElement): void {
  const chosen = { embedder: 0, grouping: firstSides()[0] };
  const source = () => {
    const one = groupings[chosen.grouping] as Chosen;
    const map = data.embedders[chosen.embedder]?.map ?? { method: 'PCA', x: [], y: [] };
    const describe = (frame: number) => `${thumbs.nameOf(frame)}: ${groupName(one, frame)}`;
    return { thumbs, map, labels: one.labels, describe, onOpen: details.open };
  };
  const map = new MapView(source());
  const choose = (what: keyof typeof chosen) => (at: number) => {
    chosen[what] = at;
    map.show(source());
  };
  const embedders = data.embedders.map(({ name }) => name);
  const colours = groupings.map(({ label }) => label);
  panel.append(
    el(
      'div',
      { class: 'bar' },
      choice('Places by', embedders, 0, choose('embedder')),
      choice('Colours by', colours, chosen.grouping, choose('grouping')),
    ),
    map.element,
  );
}

function buildDisputes(panel: HTMLElement): void {
  const isOne = data.disputes.length === 0;
  const text = isOne
    ? 'All ways of grouping say the same of every two pictures.'
    : 'Pairs that about half of the ways put together and the others apart; no picture twice. Letters are those of the table of figures.';
  const lazy = new Lazy();
  const list = el('div', { class: 'disputes' });
  for (const dispute of data.disputes) {
    const card = el('article', { class: 'dispute' });
    lazy.watch(card, () => fillDispute(card, dispute));
    card.style.minHeight = '160px';
    list.append(card);
  }
  panel.append(el('p', { class: isOne ? 'empty' : 'note' }, text), list);
}

function fillDispute(card: HTMLElement, { frames, together, similarities, areOne }: Dispute): void {
  const isTogether = new Set(together);
  const letters = (wanted: boolean) =>
    data.methods.flatMap(({ letter }, at) => (isTogether.has(at) === wanted ? [letter] : [])).join(' ');
  const similar = similarities.map((value, at) => `${data.embedders[at]?.name ?? ''} ${figure(value)}`);
  const say = (label: string, value: string) =>
    el('p', {}, `${label}: `, el('span', { class: 'letters' }, value));
  card.append(
    ...frames.map(pictured),
    el(
      'div',
      {},
      say('Together', letters(true)),
      say('Apart', letters(false)),
      ...(areOne === undefined ? [] : [say('In truth', areOne ? 'together' : 'apart')]),
      el('p', { class: 'note' }, `Similarity: ${similar.join(', ')}`),
    ),
  );
}

function pictured(frame: number): HTMLElement {
  const button = thumbs.button(frame);
  button.addEventListener('click', () => details.open(frame));
  return el('figure', {}, button, el('figcaption', {}, named(thumbs.nameOf(frame))));
}

const views = tabs([
  { id: 'figures', label: 'Figures', build: (panel) => buildFigures(panel, data) },
  { id: 'similarities', label: 'Similarities', build: (panel) => buildCurves(panel, data) },
  {
    id: 'groups',
    label: 'Side by side',
    build: (panel) => panel.append(new SidesView(groupings, firstSides(), thumbs).element),
  },
  { id: 'map', label: 'Map', build: buildMap },
  { id: 'disputes', label: 'Disagreements', build: buildDisputes },
]);

root().append(
  header(),
  el('nav', { class: 'sticky', 'aria-label': 'Views' }, views.bar),
  el('main', {}, ...views.panels),
  details.element,
);
