import { fillCard, type SheetOf, sheetCard } from './contact-sheet.ts';
import { check, choice, el } from './dom.ts';
import { Lazy } from './lazy.ts';
import { membersOf, sameGroups } from './members.ts';
import type { Thumbs } from './thumbs.ts';
import { plural } from './words.ts';

/** A way of grouping that can be chosen. */
export interface Chosen {
  readonly label: string;
  readonly labels: readonly number[];
  readonly names?: readonly string[];
}

/** The groups of two ways side by side; what is pressed on one side is pointed out on the other. */
export class SidesView {
  readonly element: HTMLElement;
  readonly #groupings: readonly Chosen[];
  readonly #thumbs: Thumbs;
  readonly #note = el('p', { class: 'note', role: 'status', 'aria-live': 'polite' });
  readonly #sides = [el('div', { class: 'cards' }), el('div', { class: 'cards' })] as const;
  readonly #lazy = new Lazy();
  readonly #chosen: [number, number];
  #onlyDifferent = true;

  constructor(groupings: readonly Chosen[], chosen: readonly [number, number], thumbs: Thumbs) {
    this.#groupings = groupings;
    this.#thumbs = thumbs;
    this.#chosen = [...chosen];
    const names = groupings.map(({ label }) => label);
    const select = (side: 0 | 1, label: string) =>
      choice(label, names, this.#chosen[side], (at) => {
        this.#chosen[side] = at;
        this.#draw();
      });
    const only = check('Only groups that differ', true, (isOn) => {
      this.#onlyDifferent = isOn;
      this.#draw();
    });
    const bar = el('div', { class: 'bar' }, select(0, 'Left'), select(1, 'Right'), only);
    this.element = el('div', {}, bar, this.#note, el('div', { class: 'sides' }, ...this.#sides));
    this.#draw();
  }

  #draw(): void {
    this.#lazy.clear();
    const [left, right] = this.#chosen.map((at) => this.#groupings[at] as Chosen) as [Chosen, Chosen];
    const shown = [this.#side(0, left, right), this.#side(1, right, left)] as const;
    this.#note.textContent = `${plural(shown[0].same, 'group')} with the same members on both sides; ${shown[0].other} only on the left, ${shown[1].other} only on the right. A picture that is pressed is shown on both sides.`;
  }

  #side(side: 0 | 1, own: Chosen, other: Chosen): { readonly same: number; readonly other: number } {
    const same = sameGroups(own.labels, other.labels);
    const groups = Array.from(membersOf(own.labels), (frames, group) => ({ frames, group }));
    groups.sort((a, b) => b.frames.length - a.frames.length || a.group - b.group);
    const shown = groups.filter(({ group }) => !this.#onlyDifferent || !same.has(group));
    const cards = shown.map(({ frames, group }) => this.#card(nameOf(own, group), frames));
    const empty = el('p', { class: 'empty' }, 'Both are the same.');
    this.#sides[side].replaceChildren(...(cards.length === 0 ? [empty] : cards));
    return { same: same.size, other: groups.length - same.size };
  }

  #card(name: string, frames: readonly number[]): HTMLElement {
    const sheet: SheetOf = { name, frames, onOpen: (frame) => this.#point(frame) };
    const card = sheetCard(sheet);
    card.dataset.frames = ` ${frames.join(' ')} `;
    const build = () => {
      if (card.querySelector('.filled') === null) fillCard(card, sheet, this.#thumbs);
    };
    this.#lazy.watch(card, build);
    card.addEventListener('fill', build);
    return card;
  }

  /** Shows where a frame is, on both sides. */
  #point(frame: number): void {
    for (const thumb of this.element.querySelectorAll('.found')) thumb.classList.remove('found');
    for (const side of this.#sides) {
      const card = side.querySelector(`.card[data-frames*=" ${frame} "]`);
      card?.dispatchEvent(new Event('fill'));
      const thumb = card?.querySelector(`[data-frame="${frame}"]`);
      thumb?.classList.add('found');
      (thumb ?? card)?.scrollIntoView({ block: 'nearest' });
    }
    this.#note.textContent = `${this.#thumbs.nameOf(frame)} is pointed out on both sides where its groups differ.`;
  }
}

function nameOf({ names }: Chosen, group: number): string {
  return names?.[group] ?? `Group ${group + 1}`;
}
