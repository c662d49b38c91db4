import { el, named } from './dom.ts';
import { gridKeys } from './grid-keys.ts';
import type { Thumbs } from './thumbs.ts';
import { plural } from './words.ts';

export interface SheetOptions {
  readonly name: string;
  readonly note?: string;
  readonly frames: readonly number[];
  readonly onOpen: (frame: number) => void;
  /** Whether a frame is highlighted. */
  readonly isMarked?: (frame: number) => boolean;
}

/** Frames shown of a large group before "show all". */
const shownFirst = 60;

/** Returns an empty card of about its final height. */
export function sheetCard({ name, note, frames }: SheetOptions): HTMLElement {
  const shown = Math.min(frames.length, shownFirst);
  const label = `${name}, ${plural(frames.length, 'picture')}`;
  const card = el(
    'article',
    { class: 'card', 'aria-label': label },
    el('h3', {}, named(name)),
    el('p', { class: 'note' }, [plural(frames.length, 'picture'), note].filter(Boolean).join(' · ')),
    el('div', { class: 'sheet', role: 'group', 'aria-label': `Pictures of ${name}` }),
  );
  card.style.setProperty('--shown', String(shown));
  return card;
}

/** Adds the pictures to a card. */
export function fillCard(card: HTMLElement, sheet: SheetOptions, thumbs: Thumbs): void {
  const grid = card.querySelector('.sheet') as HTMLElement;
  grid.classList.add('filled');
  addThumbs(grid, sheet.frames.slice(0, shownFirst), sheet, thumbs);
  gridKeys(grid, 'button.thumb');
  const rest = sheet.frames.slice(shownFirst);
  if (rest.length === 0) return;
  const more = el('button', { type: 'button', class: 'more' }, `Show ${plural(rest.length, 'more picture')}`);
  more.addEventListener('click', () => {
    more.remove();
    addThumbs(grid, rest, sheet, thumbs);
    grid.querySelectorAll('button')[shownFirst]?.focus();
  });
  card.append(more);
}

function addThumbs(grid: HTMLElement, frames: readonly number[], sheet: SheetOptions, thumbs: Thumbs): void {
  for (const frame of frames) {
    const button = thumbs.button(frame);
    button.classList.toggle('marked', sheet.isMarked?.(frame) === true);
    button.addEventListener('click', () => sheet.onOpen(frame));
    grid.append(button);
  }
}
