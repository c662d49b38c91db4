import { fillCard, type SheetOptions, sheetCard } from '../components/contact-sheet.ts';
import { check, choice, el } from '../components/dom.ts';
import { Lazy } from '../components/lazy.ts';
import { commonest, membersOf, orderAlong, sameGroups } from '../components/members.ts';
import type { Thumbs } from '../components/thumbs.ts';
import { plural } from '../components/words.ts';

/** A selectable grouping. */
export interface Chosen {
  readonly label: string;
  readonly labels: readonly number[];
  readonly names?: readonly string[];
}

/** The groups of two groupings side by side. Selecting a frame on one side highlights it on the other. */
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
    const [ofLeft, ofRight] = [membersOf(left.labels), membersOf(right.labels)];
    const leftOrder = Array.from(ofLeft.keys()).sort((a, b) => sizeOf(ofLeft, b) - sizeOf(ofLeft, a));
    const rightOrder = orderAlong(
      leftOrder.map((group) => ofLeft[group] as number[]),
      right.labels,
    );
    const same = this.#fill(0, left, right, leftOrder);
    this.#fill(1, right, left, rightOrder);
    this.#note.textContent = `${plural(same, 'group')} with the same members on both sides; ${ofLeft.length - same} only on the left, ${ofRight.length - same} only on the right. Outlined: what the other side keeps elsewhere than most of its group. Press a picture to see it on both sides.`;
  }

  /** Returns the number of groups common to both sides. */
  #fill(side: 0 | 1, own: Chosen, other: Chosen, order: readonly number[]): number {
    const members = membersOf(own.labels);
    const same = sameGroups(own.labels, other.labels);
    const shown = order.filter((group) => !this.#onlyDifferent || !same.has(group));
    const cards = shown.map((group) => this.#card(nameOf(own, group), members[group] ?? [], other.labels));
    const empty = el('p', { class: 'empty' }, 'Both are the same.');
    this.#sides[side].replaceChildren(...(cards.length === 0 ? [empty] : cards));
    return same.size;
  }

  #card(name: string, frames: readonly number[], others: readonly number[]): HTMLElement {
    const most = commonest(frames, others);
    const isMarked = (frame: number) => others[frame] !== most;
    const sheet: SheetOptions = { name, frames, isMarked, onOpen: (frame) => this.#point(frame) };
    const card = sheetCard(sheet);
    card.dataset.frames = ` ${frames.join(' ')} `;
    const build = () => {
      if (card.querySelector('.filled') === null) fillCard(card, sheet, this.#thumbs);
    };
    this.#lazy.watch(card, build);
    card.addEventListener('fill', build);
    return card;
  }

  /** Highlights a frame on both sides. */
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

function sizeOf(members: readonly (readonly number[])[], group: number): number {
  return members[group]?.length ?? 0;
}

function nameOf({ names }: Chosen, group: number): string {
  return names?.[group] ?? `Group ${group + 1}`;
}
