import { groupColour, isDark } from './colours.ts';
import { check, el, named, svg } from './dom.ts';
import { gridKeys, oneStop } from './grid-keys.ts';
import { Lazy } from './lazy.ts';
import { evenScale, shortenedScale, type TimeScale } from './time-scale.ts';
import { between, moment, plural } from './words.ts';

export interface TimelineRow {
  readonly group: number;
  readonly name: string;
  readonly capturedMs: readonly number[];
}

/** Capture times of each group: a row per group, earliest group first. */
export class Timeline {
  readonly element: HTMLElement;
  readonly #rows: readonly TimelineRow[];
  readonly #body = el('div', { class: 'rows' });
  readonly #axis = el('div', { class: 'axis', 'aria-hidden': 'true' });
  readonly #lazy = new Lazy();
  readonly #onOpen: (group: number) => void;
  #isShown: (group: number) => boolean = () => true;
  #scale: TimeScale;

  constructor(rows: readonly TimelineRow[], onOpen: (group: number) => void) {
    this.#rows = rows.toSorted((a, b) => first(a) - first(b));
    this.#onOpen = onOpen;
    this.#scale = this.#scaleFor(true);
    const toggle = check('Shorten long pauses', true, (isOn) => {
      this.#scale = this.#scaleFor(isOn);
      this.#draw();
    });
    const head = el('div', { class: 'row head' }, el('span', {}, 'Group'), this.#axis);
    this.element = el('div', { class: 'timeline' }, el('div', { class: 'bar' }, toggle), head, this.#body);
    gridKeys(this.#body, 'button.row');
    this.#draw();
  }

  filter(isShown: (group: number) => boolean): void {
    this.#isShown = isShown;
    this.#draw();
  }

  #scaleFor(isShortened: boolean): TimeScale {
    const moments = this.#rows.flatMap(({ capturedMs }) => capturedMs);
    return isShortened ? shortenedScale(moments) : evenScale(moments);
  }

  #draw(): void {
    this.#lazy.clear();
    this.#axis.replaceChildren(...this.#scale.marks.map(mark));
    this.#body.replaceChildren();
    for (const row of this.#rows) {
      if (!this.#isShown(row.group)) continue;
      const line = this.#line(row);
      this.#body.append(line);
      this.#lazy.watch(line, () => line.append(ticks(row, this.#scale)));
    }
    oneStop(Array.from(this.#body.querySelectorAll('button')));
  }

  #line(row: TimelineRow): HTMLElement {
    const { group, name, capturedMs } = row;
    const times = between(first(row), Math.max(...capturedMs.slice(-1)));
    const label = `${name}: ${plural(capturedMs.length, 'picture')}, ${times}`;
    const attributes = { type: 'button', class: 'row', 'aria-label': label, title: label };
    return el('button', { ...attributes, click: () => this.#onOpen(group) }, named(name));
  }
}

function first({ capturedMs }: TimelineRow): number {
  return capturedMs[0] ?? 0;
}

function mark({ at, ms }: TimeScale['marks'][number]): HTMLElement {
  const [day = '', time = ''] = moment(ms).split(' ');
  const element = el('span', { class: 'mark' }, el('b', {}, day), time);
  element.style.left = `${100 * at}%`;
  if (at > 0.9) element.classList.add('last');
  return element;
}

/** Draws all frames of a group as a single path. */
function ticks({ group, capturedMs }: TimelineRow, scale: TimeScale): SVGElement {
  const places = capturedMs.map((ms) => 1000 * scale.at(ms));
  const colour = groupColour(group, isDark());
  const [low, high] = [Math.min(...places), Math.max(...places)];
  const path = places.map((x) => `M${x.toFixed(1)} 4v16`).join('');
  const line = svg('path', { d: `M${low.toFixed(1)} 12H${high.toFixed(1)}`, stroke: colour, opacity: 0.35 });
  const marks = svg('path', { d: path, stroke: colour, class: 'ticks' });
  const box = { viewBox: '0 0 1000 24', preserveAspectRatio: 'none', 'aria-hidden': 'true' };
  return svg('svg', box, line, marks);
}
