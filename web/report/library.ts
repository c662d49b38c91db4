import type { LibraryData, Resembled } from '../../src/report/page-data.ts';
import { fillCard, type SheetOptions, sheetCard } from '../components/contact-sheet.ts';
import { Details, type Row } from '../components/details.ts';
import { announcer, choice, el, named, readData, root, tile } from '../components/dom.ts';
import { Lazy } from '../components/lazy.ts';
import { MapView } from '../components/map.ts';
import { membersOf } from '../components/members.ts';
import { tabs } from '../components/tabs.ts';
import { Thumbs } from '../components/thumbs.ts';
import { Timeline } from '../components/timeline.ts';
import { between, figure, moment, percent, plural } from '../components/words.ts';

/** The library page. */

const data = readData<LibraryData>();
const thumbs = new Thumbs(data.frames);
const members = membersOf(data.groupOf);
const details = new Details(thumbs, rowsOf);
const found = announcer();
const doubts = new Map(data.doubtful.map((doubt) => [doubt.frame, doubt]));
const filters: ((isShown: (group: number) => boolean) => void)[] = [];

const origins = { exif: 'by the camera', name: 'by the file name', mtime: "by the file's time" };

function groupName(group: number | undefined): string {
  return group === undefined ? '(gone)' : (data.groupNames[group] ?? '');
}

function groupNameOf(frame: number): string {
  return groupName(data.groupOf[frame]);
}

function rowsOf(frame: number): Row[] {
  const captured = `${moment(data.capturedMs[frame] ?? 0)} (${origins[data.origins[frame] ?? 'mtime']})`;
  const doubt = doubts.get(frame);
  return [
    ['Group', named(groupNameOf(frame))],
    ['Captured', captured],
    ['Why', data.why[frame] ?? ''],
    ...(doubt
      ? ([['Doubt', `Only ${percent(doubt.sure)} sure: it could as well have gone elsewhere.`]] as const)
      : []),
    ...(doubt?.runnerUp ? ([['Runner-up', resembledText(doubt.runnerUp)]] as const) : []),
  ];
}

function resembledText({ name, similarity }: Resembled): string {
  return `${name}, at ${figure(similarity)}`;
}

function header(): HTMLElement {
  return el(
    'header',
    { class: 'top' },
    el('h1', {}, named(data.library)),
    el(
      'p',
      { class: 'note' },
      `As framesort had it at ${moment(Date.parse(data.made))} UTC. All times are UTC.`,
    ),
    el(
      'dl',
      { class: 'tiles' },
      tile(thumbs.count.toLocaleString('en'), 'pictures'),
      tile(members.length.toLocaleString('en'), 'groups'),
      tile(data.doubtful.length.toLocaleString('en'), 'doubtful'),
      tile(data.quarantined.toLocaleString('en'), 'in quarantine'),
    ),
  );
}

function search(): HTMLElement {
  const input = el('input', {
    type: 'search',
    placeholder: 'Name of a group or picture',
    input: () => apply(),
  });
  const apply = () => {
    const words = input.value.trim().toLowerCase();
    const shown = new Set(Array.from(members.keys()).filter((group) => matches(group, words)));
    for (const filter of filters) filter((group) => shown.has(group));
    found.say(words === '' ? '' : `${plural(shown.size, 'group')} found`);
  };
  return el('label', { class: 'choice search' }, el('span', {}, 'Find'), input);
}

function matches(group: number, words: string): boolean {
  if (words === '' || groupName(group).toLowerCase().includes(words)) return true;
  return (members[group] ?? []).some((frame) => thumbs.nameOf(frame).toLowerCase().includes(words));
}

/** Registers a filter for the search field, and applies the current search. */
function onFilter(filter: (isShown: (group: number) => boolean) => void): void {
  filters.push(filter);
  document.querySelector('.search input')?.dispatchEvent(new Event('input'));
}

function buildDoubtful(panel: HTMLElement): void {
  if (data.doubtful.length === 0) {
    panel.append(
      el(
        'p',
        { class: 'empty' },
        'Nothing is doubtful: no decision was so close that it could as well have gone the other way.',
      ),
    );
    return;
  }
  panel.append(
    el('p', { class: 'note' }, 'Decisions that could as well have gone the other way, the least sure first.'),
  );
  const lazy = new Lazy();
  const rows = data.doubtful.map((doubt) => {
    const row = el('article', { class: 'doubt', 'aria-label': thumbs.nameOf(doubt.frame) });
    lazy.watch(row, () => fillDoubt(row, doubt));
    return row;
  });
  panel.append(...rows);
  onFilter((isShown) => {
    for (const [at, row] of rows.entries())
      row.hidden = !isShown(data.groupOf[data.doubtful[at]?.frame ?? 0] ?? 0);
  });
}

function fillDoubt(row: HTMLElement, doubt: LibraryData['doubtful'][number]): void {
  const { frame, sure, nearest, runnerUp, similarity, needed } = doubt;
  const own = pictureButton(frame);
  own.classList.add('large');
  const score = similarity === undefined ? '' : ` · alike at ${figure(similarity)}, ${figure(needed)} needed`;
  row.append(
    own,
    el(
      'div',
      { class: 'story' },
      el('h3', {}, named(thumbs.nameOf(frame))),
      el('p', { class: 'in' }, 'In ', named(groupNameOf(frame)), ` · ${percent(sure)} sure${score}`),
      el('p', {}, data.why[frame]),
    ),
    candidate('Most alike', nearest),
    candidate('Runner-up', runnerUp),
  );
}

function candidate(label: string, resembled: Resembled | undefined): HTMLElement {
  if (resembled === undefined) return el('div', { class: 'candidate' }, el('h4', {}, `${label}: none`));
  const pictures = resembled.members.map(({ frame, similarity }) =>
    el('figure', {}, pictureButton(frame), el('figcaption', {}, figure(similarity))),
  );
  return el(
    'div',
    { class: 'candidate' },
    el('h4', {}, `${label}: `, named(resembled.name), ` ${figure(resembled.similarity)}`),
    el('div', { class: 'pictures' }, ...pictures),
  );
}

function pictureButton(frame: number): HTMLButtonElement {
  const button = thumbs.button(frame);
  button.addEventListener('click', () => details.open(frame));
  return button;
}

function timesOf(group: number): string {
  const times = (members[group] ?? []).map((frame) => data.capturedMs[frame] ?? 0);
  return between(times[0] ?? 0, times.at(-1) ?? 0);
}

const orders: readonly (readonly [string, (a: number, b: number) => number])[] = [
  ['Largest first', (a, b) => a - b],
  ['By name', (a, b) => groupName(a).localeCompare(groupName(b), 'en', { numeric: true })],
  [
    'By time',
    (a, b) => (data.capturedMs[members[a]?.[0] ?? 0] ?? 0) - (data.capturedMs[members[b]?.[0] ?? 0] ?? 0),
  ],
];

function buildGroups(panel: HTMLElement): void {
  const lazy = new Lazy();
  const cards = Array.from(members, (frames, group) => groupCard(group, frames, lazy));
  const list = el('div', { class: 'cards' });
  const arrange = (order: number) => {
    const numbers = Array.from(cards.keys()).sort(orders[order]?.[1]);
    list.replaceChildren(...numbers.map((group) => cards[group] as HTMLElement));
  };
  arrange(0);
  panel.append(
    el(
      'div',
      { class: 'bar' },
      choice(
        'Order',
        orders.map(([name]) => name),
        0,
        arrange,
      ),
    ),
    list,
  );
  onFilter((isShown) => {
    for (const [group, card] of cards.entries()) card.hidden = !isShown(group);
  });
}

function groupCard(group: number, frames: readonly number[], lazy: Lazy): HTMLElement {
  const isMarked = (frame: number) => doubts.has(frame);
  const sheet: SheetOptions = {
    name: groupName(group),
    note: timesOf(group),
    frames,
    onOpen: details.open,
    isMarked,
  };
  const card = sheetCard(sheet);
  card.id = `group-${group}`;
  lazy.watch(card, () => fillCard(card, sheet, thumbs));
  return card;
}

function buildTimeline(panel: HTMLElement): void {
  const rows = Array.from(members, (frames, group) => ({
    group,
    name: groupName(group),
    capturedMs: frames.map((frame) => data.capturedMs[frame] ?? 0),
  }));
  const timeline = new Timeline(rows, openGroup);
  panel.append(timeline.element);
  onFilter((isShown) => timeline.filter(isShown));
}

function openGroup(group: number): void {
  views.show('groups');
  const card = document.getElementById(`group-${group}`);
  card?.setAttribute('tabindex', '-1');
  card?.scrollIntoView({ block: 'center' });
  card?.focus({ preventScroll: true });
}

function buildMap(panel: HTMLElement): void {
  const describe = (frame: number) => `${thumbs.nameOf(frame)}, in ${groupNameOf(frame)}`;
  const map = new MapView({ thumbs, map: data.map, labels: data.groupOf, describe, onOpen: details.open });
  panel.append(map.element);
  onFilter((isShown) => map.filter((frame) => isShown(data.groupOf[frame] ?? 0)));
}

const views = tabs([
  { id: 'doubtful', label: `Doubtful (${data.doubtful.length})`, build: buildDoubtful },
  { id: 'groups', label: `Groups (${members.length})`, build: buildGroups },
  { id: 'timeline', label: 'Timeline', build: buildTimeline },
  { id: 'map', label: 'Map', build: buildMap },
]);

root().append(
  header(),
  el('nav', { class: 'sticky', 'aria-label': 'Views' }, views.bar, search(), found.element),
  el('main', {}, ...views.panels),
  details.element,
);
